import type { KnownCredentials } from '../iam/access-keys';
import {
  ALGORITHM,
  amzDate,
  canonicalQuery,
  isSameSecret,
  parseAmzDate,
  sha256,
  signatureOf,
  type SignatureScope,
} from '../iam/sigv4';
import { headerOf, type HttpRequest } from './http-exchange';

/** An error of AWS’s query protocol. */
export class AwsError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Who signed a request. */
export interface Signer {
  readonly accessKeyId: string;
  readonly known: KnownCredentials;
}

interface Signature {
  readonly accessKeyId: string;
  readonly scope: SignatureScope;
  readonly date: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly sessionToken: string;
}

// 15 minutes, not 5: "Signature expired: … is now earlier than … (… - 15 min.)" is what AWS STS says.
const MAX_SKEW_MINUTES = 15;
const MINUTE_MS = 60_000;

const incomplete = (message: string) => new AwsError(400, 'IncompleteSignature', message);
const doesNotMatch = (message: string) => new AwsError(403, 'SignatureDoesNotMatch', message);

function pairsOf(query: string): readonly (readonly [string, string])[] {
  try {
    return query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
        return [decodeURIComponent(name), decodeURIComponent(value)] as const;
      });
  } catch {
    throw incomplete('The query is not percent-encoded');
  }
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([^\s,]+), *SignedHeaders=([^\s,]+), *Signature=([0-9a-f]{64})$/;

/** What the header `Authorization` or the parameters of a presigned URL say. */
function signatureParts(request: HttpRequest): Record<string, string | undefined> {
  const authorization = headerOf(request, 'authorization');
  if (authorization !== '') {
    const [, credential, signedHeaders, signature] = AUTHORIZATION.exec(authorization) ?? [];
    const date = headerOf(request, 'x-amz-date');
    const sessionToken = headerOf(request, 'x-amz-security-token');
    return { credential, signedHeaders, signature, date, sessionToken };
  }
  const parameters = new Map(pairsOf(request.query));
  const algorithm = parameters.get('X-Amz-Algorithm');
  if (algorithm === undefined)
    throw new AwsError(
      403,
      'MissingAuthenticationToken',
      'Request is missing Authentication Token',
    );
  if (algorithm !== ALGORITHM) throw incomplete(`Unsupported AWS 'algorithm'`);
  return {
    credential: parameters.get('X-Amz-Credential'),
    signedHeaders: parameters.get('X-Amz-SignedHeaders'),
    signature: parameters.get('X-Amz-Signature'),
    date: parameters.get('X-Amz-Date'),
    sessionToken: parameters.get('X-Amz-Security-Token'),
  };
}

function parseSignature(request: HttpRequest): Signature {
  const { credential, signedHeaders, signature, date, sessionToken } = signatureParts(request);
  const [, accessKeyId, day, region, service] =
    /^(\w{1,128})\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request$/.exec(credential ?? '') ?? [];
  if (!accessKeyId || !day || !region || !service || !signedHeaders || !signature || !date)
    throw incomplete('The request signature does not conform to AWS standards');
  return {
    accessKeyId,
    scope: { date: day, region, service },
    date,
    signedHeaders: signedHeaders.split(';'),
    signature,
    sessionToken: sessionToken ?? '',
  };
}

function expectScope({ scope, date, signedHeaders }: Signature, service: string, now: number) {
  const signedAt = parseAmzDate(date);
  if (Number.isNaN(signedAt)) throw incomplete(`Date must be in ISO-8601 'basic format'`);
  if (scope.service !== service)
    throw doesNotMatch(`Credential should be scoped to correct service: '${service}'.`);
  if (!date.startsWith(`${scope.date}T`))
    throw doesNotMatch('Date in Credential scope does not match YYYYMMDD from ISO-8601 version');
  if (!signedHeaders.includes('host'))
    throw doesNotMatch(`'Host' must be a 'SignedHeader' in the AWS Authorization.`);

  const [earliest, latest] = [-1, 1].map((way) => now + way * MAX_SKEW_MINUTES * MINUTE_MS);
  if (signedAt < Number(earliest))
    throw doesNotMatch(
      `Signature expired: ${date} is now earlier than ${amzDate(Number(earliest))} (${amzDate(now)} - ${MAX_SKEW_MINUTES} min.)`,
    );
  if (signedAt > Number(latest))
    throw doesNotMatch(
      `Signature not yet current: ${date} is still later than ${amzDate(Number(latest))} (${amzDate(now)} + ${MAX_SKEW_MINUTES} min.)`,
    );
}

function canonicalRequest(request: HttpRequest, signedHeaders: readonly string[]): string {
  const parameters = pairsOf(request.query).filter(([name]) => name !== 'X-Amz-Signature');
  return [
    request.method,
    request.path,
    canonicalQuery(parameters),
    ...signedHeaders.map((name) => `${name}:${headerOf(request, name).trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    sha256(request.body),
  ].join('\n');
}

/**
 * Tells who signed a request, in its headers or its query, by AWS’s published rules. `X-Amz-Expires` has no say, as at AWS STS.
 *
 * @throws {AwsError} as AWS answers.
 */
export function verifySigner(
  request: HttpRequest,
  expected: {
    readonly service: string;
    readonly lookUp: (accessKeyId: string) => KnownCredentials | undefined;
    readonly now: number;
  },
): Signer {
  const parsed = parseSignature(request);
  const { accessKeyId, sessionToken } = parsed;
  const known = expected.lookUp(accessKeyId);
  if (!known || !isSameSecret(sessionToken, known.sessionToken ?? ''))
    throw new AwsError(
      403,
      'InvalidClientTokenId',
      'The security token included in the request is invalid.',
    );
  expectScope(parsed, expected.service, expected.now);
  const canonical = canonicalRequest(request, parsed.signedHeaders);
  if (!isSameSecret(parsed.signature, signatureOf(canonical, parsed, known.secretAccessKey)))
    throw doesNotMatch(
      'The request signature we calculated does not match the signature you provided. ' +
        'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  // After the signature: only who has the secret learns when it ends.
  if (known.expiresAt !== undefined && known.expiresAt <= expected.now)
    throw new AwsError(
      403,
      'ExpiredToken',
      'The security token included in the request is expired',
    );
  return { accessKeyId, known };
}
