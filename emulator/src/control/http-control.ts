import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { messageOf } from '../endpoint/login-refusal';
import type { ControlTarget } from './control-target';
import { BadRequest, fields, integer, number, readBody, text, type Reader } from './json-fields';
import { faultsReader } from './read-faults';

const HOST = '127.0.0.1';
const MAX_BODY_LENGTH = 65_536;
const REQUEST_TIMEOUT_MS = 2000;
const MAX_CLOCK_OFFSET_MS = 100 * 365 * 86_400_000;

/** A running control interface. */
export interface Control {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  close(): Promise<void>;
}

type Handler = (body: string) => unknown;

const reads =
  <T>(reader: Reader<T>, act: (value: T) => unknown): Handler =>
  (body) =>
    act(readBody(body, reader));

const nothing = fields({});

/** Every path, and what can be done with it. */
const routesTo = (target: ControlTarget): Readonly<Record<string, Record<string, Handler>>> => ({
  '/attempts': {
    GET: () => target.attempts(),
    DELETE: () => target.clear(),
  },
  '/faults': {
    GET: () => target.faults(),
    PUT: reads(faultsReader(target.engine), (faults) => target.setFaults(faults)),
  },
  '/limit': {
    PUT: reads(fields({ limit: integer(0) }), ({ limit }) => target.setLimit(limit)),
  },
  '/clock': {
    PUT: reads(
      fields({ offsetMs: number(-MAX_CLOCK_OFFSET_MS, MAX_CLOCK_OFFSET_MS) }, ['offsetMs']),
      ({ offsetMs = 0 }) => target.setClockOffset(offsetMs),
    ),
  },
  '/kill': { POST: reads(nothing, () => target.killConnections()) },
  '/rotate': { POST: reads(nothing, () => target.rotateCredentials()) },
  '/failover': { POST: reads(fields({ backend: text }), (request) => target.failOver(request)) },
});

/** An answer that is no success. */
class Rejection extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Refuses what a page in a browser could send: a name that was made to point here, or a request from elsewhere. */
function checkSender({ headers }: IncomingMessage): void {
  const host = headers.host?.replace(/:\d+$/, '').toLowerCase();
  if (host !== HOST && host !== 'localhost' && host !== '[::1]')
    throw new Rejection(403, 'Only requests to 127.0.0.1 or localhost are answered');
  if (headers.origin !== undefined)
    throw new Rejection(403, 'Requests from web pages are not answered');
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_LENGTH) throw new Rejection(413, 'The body is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

async function answer(
  request: IncomingMessage,
  routes: ReturnType<typeof routesTo>,
): Promise<unknown> {
  checkSender(request);
  const path = request.url?.split('?')[0] ?? '';
  const methods = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (!methods)
    throw new Rejection(404, `There is no ${path}; there are ${Object.keys(routes).join(', ')}`);
  const method = request.method ?? '';
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!handler) {
    const allow = Object.keys(methods).join(', ');
    throw new Rejection(405, `${path} knows ${allow}, not ${method}`, { allow });
  }
  return handler(await readText(request));
}

function reply(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const json = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  response.writeHead(status, { ...json, ...headers }).end(`${JSON.stringify(body)}\n`);
}

function replyWithError(response: ServerResponse, error: unknown): void {
  const body = { error: messageOf(error) };
  if (error instanceof Rejection) {
    // What is left of a body that no one reads ends with the connection.
    reply(response, error.status, body, { ...error.headers, connection: 'close' });
    return;
  }
  reply(response, error instanceof BadRequest ? 400 : 409, body);
}

/**
 * Starts the HTTP control interface on a free port of 127.0.0.1: `GET` and `DELETE /attempts`, `GET` and `PUT /faults`, `PUT /limit`
 * (`{"limit": 20}`, or `{}` for none), `PUT /clock` (`{"offsetMs": 900000}`), `POST /kill`, `/rotate`, `/failover` (`{"backend": "mysql://…"}`).
 * It answers 400 to a wrong body and 409 to what the emulator cannot do, with `{"error": …}`.
 */
export async function startControl(target: ControlTarget): Promise<Control> {
  const routes = routesTo(target);
  const server = createServer({
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: REQUEST_TIMEOUT_MS / 5,
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(request, routes).then(
      (body) => reply(response, body === undefined ? 204 : 200, body),
      (error: unknown) => replyWithError(response, error),
    );
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The control has no port');
  let closed: Promise<unknown> | undefined;
  return {
    origin: `http://${HOST}:${address.port}`,
    close: async () => {
      closed ??= once(server.close(), 'close');
      server.closeAllConnections();
      await closed;
    },
  };
}
