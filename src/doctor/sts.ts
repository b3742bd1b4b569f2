import { createHash, createHmac } from 'node:crypto';
import type { CredentialIdentity } from '../token/credential-identity';
import { partitionOf } from '../endpoint/partitions';
import { readStsAnswer, type StsAnswer } from './sts-answer';

const ANSWER_MS = 4_000;
const ALGORITHM = 'AWS4-HMAC-SHA256';
const QUERY = 'Action=GetCallerIdentity&Version=2011-06-15';

/** The largest clock skew that AWS accepts in most signed requests. AWS publishes none for RDS. */
export const MAX_SKEW_MS = 300_000;

/** An answer, and the clock of the server. */
export interface StsReply {
  readonly answer: StsAnswer;
  /** How many milliseconds this machine's clock is ahead of AWS's; `undefined` if it was not AWS that answered. */
  readonly skewMs: number | undefined;
}

/** The STS endpoint of a Region or, as in every AWS SDK, the one in `AWS_ENDPOINT_URL_STS`. Throws if that is not a URL. */
export function stsUrl(region: string): URL {
  const named = process.env.AWS_ENDPOINT_URL_STS;
  if (named === undefined || named === '') {
    return new URL(`https://sts.${region}.${partitionOf(region).domain}/`);
  }
  if (!URL.canParse(named)) throw new Error('AWS_ENDPOINT_URL_STS is not a URL');
  return new URL(named);
}

/**
 * Asks STS whose credentials these are and what time it is, or only for the time without credentials.
 * Rejects if nothing answers within four seconds.
 */
export async function askSts(region: string, credentials?: CredentialIdentity): Promise<StsReply> {
  const url = stsUrl(region);
  url.search = QUERY;
  const sentAt = Date.now();
  const response = await fetch(url, {
    headers: credentials === undefined ? {} : signedHeaders(url, region, credentials, sentAt),
    redirect: 'manual',
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const answer = readStsAnswer(response.status, await response.text());
  const serverTime = Date.parse(response.headers.get('date') ?? '');
  const isKnown = answer.kind !== 'not-sts' && !Number.isNaN(serverTime);
  // The header was written between the request and now, and omits the fraction of its second: on average, half a second.
  const skewMs = isKnown ? (sentAt + Date.now()) / 2 - (serverTime + 500) : undefined;
  return { answer, skewMs };
}

/** Signature Version 4 of a GET without a body (IAM/UserGuide/reference_sigv-create-signed-request.html). */
function signedHeaders(
  url: URL,
  region: string,
  { accessKeyId, secretAccessKey, sessionToken }: CredentialIdentity,
  now: number,
): Record<string, string> {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = [time.slice(0, 8), region, 'sts', 'aws4_request'];
  const headers: Record<string, string> = {
    'x-amz-date': time,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const canonical = Object.entries({ host: url.host, ...headers });
  const names = canonical.map(([name]) => name).join(';');
  const request = [
    'GET',
    url.pathname,
    QUERY,
    ...canonical.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(''),
  ].join('\n');
  const toSign = [ALGORITHM, time, scope.join('/'), sha256(request)].join('\n');
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return {
    ...headers,
    authorization:
      `${ALGORITHM} Credential=${accessKeyId}/${scope.join('/')}, SignedHeaders=${names}, ` +
      `Signature=${hmac(key, toSign).toString('hex')}`,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
