import { createHash, createHmac } from 'node:crypto';

/** What a test token says; what is left out is right. `extra` and `overrides` are signed as well. */
export interface TokenRequest {
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly service?: string;
  /** Milliseconds since the epoch. */
  readonly signedAt?: number;
  readonly overrides?: Readonly<Record<string, string>>;
}

const hmac = (key: string | Buffer, text: string) =>
  createHmac('sha256', key).update(text).digest();

const encode = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** Signs a token that may be wrong in any part, so that tests can tell a wrong part from a wrong signature. */
export function signToken(request: TokenRequest): string {
  const { region, service = 'rds-db', signedAt = Date.now() } = request;
  const amzDate = new Date(signedAt).toISOString().replace(/[-:]|\.\d+/g, '');
  const date = amzDate.slice(0, 8);
  const scope = `${date}/${region}/${service}/aws4_request`;
  const host = `${request.hostname}:${request.port}`;
  const parameters: Record<string, string> = {
    Action: 'connect',
    DBUser: request.username,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${request.accessKeyId}/${scope}`,
    'X-Amz-Date': amzDate,
    'X-Amz-Expires': '900',
    'X-Amz-SignedHeaders': 'host',
    ...(request.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': request.sessionToken }),
    ...request.overrides,
  };
  const query = Object.keys(parameters)
    .sort()
    .map((name) => `${encode(name)}=${encode(parameters[name] ?? '')}`)
    .join('&');
  const emptyHash = createHash('sha256').digest('hex');
  const canonicalRequest = `GET\n/\n${query}\nhost:${host}\n\nhost\n${emptyHash}`;
  const requestHash = createHash('sha256').update(canonicalRequest).digest('hex');
  const dateKey = hmac(`AWS4${request.secretAccessKey}`, date);
  const key = hmac(hmac(hmac(dateKey, region), service), 'aws4_request');
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${requestHash}`);
  return `${host}/?${query}&X-Amz-Signature=${signature.toString('hex')}`;
}
