import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** A request of an HTTP client, complete. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** As it came, without the question mark. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a service answers. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const MAX_BODY_BYTES = 65_536;

/** Reads a request to its end; undefined when its body is larger than any that AWS’s clients send. */
export async function readRequest(message: IncomingMessage): Promise<HttpRequest | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  const { method = 'GET', url = '/', headers } = message;
  const [, path = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(url) ?? [];
  return { method, path, query, headers, body: Buffer.concat(chunks).toString() };
}

/** A header that came once; an empty text for one that did not. */
export function headerOf({ headers }: HttpRequest, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

/** An answer in JSON. */
export const json = (status: number, value: unknown): HttpAnswer => ({
  status,
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});

/** An answer in text. */
export const text = (
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer => ({ status, body, headers: { 'content-type': 'text/plain', ...headers } });
