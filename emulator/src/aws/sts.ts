import { once } from 'node:events';
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { KnownCredentials } from '../iam/access-keys';
import { isSameSecret } from '../iam/sigv4';

/** A role of nobody. */
export const CALLER = {
  account: '123456789012',
  arn: 'arn:aws:sts::123456789012:assumed-role/app/session',
};

/** A loopback AWS STS that knows GetCallerIdentity; `url` goes into `AWS_ENDPOINT_URL_STS`. */
export interface EmulatedSts {
  readonly url: string;
  /** Moves its wall clock away from the machine's. */
  setClockOffset(offsetMs: number): void;
  /** Answers every request with this error. */
  refuseWith(code: string | undefined): void;
  close(): Promise<void>;
}

const MAX_SKEW_MS = 300_000;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) =>
  createHmac('sha256', key).update(text).digest();

/** The error that AWS would answer with; undefined for a request that is signed as it should be. */
function refusalOf(
  request: IncomingMessage,
  credentials: Readonly<Record<string, KnownCredentials>>,
  now: number,
): string | undefined {
  const { headers } = request;
  const [, accessKeyId = '', date = '', region = '', names = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/sts\/aws4_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  if (signature === '') return 'MissingAuthenticationToken';
  const known = credentials[accessKeyId];
  if (known === undefined) return 'InvalidClientTokenId';
  const token = headers['x-amz-security-token'];
  if (String(token ?? '') !== (known.sessionToken ?? '')) return 'InvalidClientTokenId';
  if (known.expiresAt !== undefined && known.expiresAt <= now) return 'ExpiredToken';

  const time = String(headers['x-amz-date']);
  const signedAt = Date.parse(
    time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );
  const url = new URL(request.url ?? '', 'http://sts');
  const canonical = [
    'GET',
    url.pathname,
    url.search.slice(1),
    ...names.split(';').map((name) => `${name}:${String(headers[name])}`),
    '',
    names,
    sha256(''),
  ].join('\n');
  const scope = `${date}/${region}/sts/aws4_request`;
  const key = [date, region, 'sts', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${known.secretAccessKey}`,
  );
  const expected = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n'));
  const isSigned = isSameSecret(signature, expected.toString('hex'));
  // AWS calls both so.
  if (!isSigned || Math.abs(signedAt - now) > MAX_SKEW_MS) return 'SignatureDoesNotMatch';
  return undefined;
}

/** Starts one that knows these access keys. */
export async function startSts(
  credentials: Readonly<Record<string, KnownCredentials>>,
): Promise<EmulatedSts> {
  let offsetMs = 0;
  let forced: string | undefined;
  const server = createServer((request, response) => {
    const now = Date.now() + offsetMs;
    response.sendDate = false;
    response.setHeader('date', new Date(now).toUTCString());
    const refusal = forced ?? refusalOf(request, credentials, now);
    if (refusal === undefined) {
      response.end(
        `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${CALLER.arn}</Arn><UserId>AROA:session</UserId>` +
          `<Account>${CALLER.account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      );
      return;
    }
    response.writeHead(403);
    // Some of AWS's services say what they would have signed, the session token included.
    const wouldSign = `The Canonical String for this request should have been\n'${JSON.stringify(request.headers)}'`;
    response.end(
      `<ErrorResponse><Error><Type>Sender</Type><Code>${refusal}</Code><Message>emulated\n\n${wouldSign}</Message></Error></ErrorResponse>`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('STS has no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    setClockOffset: (next) => {
      offsetMs = next;
    },
    refuseWith: (code) => {
      forced = code;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
