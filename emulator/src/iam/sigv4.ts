import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The only algorithm of Signature Version 4 here. */
export const ALGORITHM = 'AWS4-HMAC-SHA256';

/** For which day, Region and service a signature is. */
export interface SignatureScope {
  /** `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** The digest of a text, in hexadecimal digits. */
export const sha256 = (text: string | Buffer): string =>
  createHash('sha256').update(text).digest('hex');

const hmac = (key: string | Buffer, text: string) =>
  createHmac('sha256', key).update(text).digest();

/** Percent-encodes all but the unreserved characters of RFC 3986, as AWS does. */
const encode = (value: string): string =>
  encodeURIComponent(value).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** The query of a canonical request: each part encoded, in the order of its bytes. */
export function canonicalQuery(parameters: Iterable<readonly [string, string]>): string {
  return [...parameters]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

/** `20261231T235959Z`. */
export const amzDate = (instant: number): string =>
  new Date(instant).toISOString().replace(/[-:]|\.\d+/g, '');

/** The instant of `20261231T235959Z`, or NaN: there is no 30 February. */
export function parseAmzDate(text: string): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const instant = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(instant) || amzDate(instant) !== text ? NaN : instant;
}

/** The signature that AWS would compute for this canonical request with this secret. */
export function signatureOf(
  canonicalRequest: string,
  { scope, date }: { readonly scope: SignatureScope; readonly date: string },
  secretAccessKey: string,
): string {
  const parts = [scope.date, scope.region, scope.service, 'aws4_request'];
  const key = parts.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const toSign = [ALGORITHM, date, parts.join('/'), sha256(canonicalRequest)];
  return hmac(key, toSign.join('\n')).toString('hex');
}

/** Compares secrets in a time that does not depend on where they differ. */
export function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
