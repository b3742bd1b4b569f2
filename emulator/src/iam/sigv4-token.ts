import {
  ALGORITHM,
  canonicalQuery,
  parseAmzDate,
  sha256,
  signatureOf,
  type SignatureScope,
} from './sigv4';

const MAX_EXPIRES_S = 900;

const REQUIRED = [
  'Action',
  'DBUser',
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
] as const;
const OPTIONAL = ['X-Amz-Security-Token'] as const;

type Parameter = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number];

/** An authentication token taken apart; nothing in it is verified yet. */
export interface ParsedToken {
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly accessKeyId: string;
  readonly scope: SignatureScope;
  readonly amzDate: string;
  readonly signedAt: number;
  readonly expiresAt: number;
  readonly sessionToken: string | undefined;
  readonly signature: string;
  readonly authority: string;
  readonly canonicalQuery: string;
}

/** The parameters by name, or undefined when one is unknown, missing, there twice or not percent-encoded. */
function parseQuery(query: string): Map<Parameter, string> | undefined {
  const parameters = new Map<Parameter, string>();
  const known: readonly Parameter[] = [...REQUIRED, ...OPTIONAL];
  for (const pair of query.split('&')) {
    const [, rawName, rawValue] = /^([^=]+)=([^=]*)$/.exec(pair) ?? [];
    const name = known.find((parameter) => parameter === rawName);
    // A raw plus sign is a space to some servers and a plus sign to others: no signer writes one.
    if (
      !name ||
      !rawValue ||
      parameters.has(name) ||
      !/^(?:[^%+\s]|%[0-9A-Fa-f]{2})*$/.test(rawValue)
    )
      return undefined;
    try {
      parameters.set(name, decodeURIComponent(rawValue));
    } catch {
      // Percent-encoded bytes that are not UTF-8.
      return undefined;
    }
  }
  return REQUIRED.every((name) => parameters.has(name)) ? parameters : undefined;
}

/** Takes `host:port/?Action=connect&DBUser=…&X-Amz-…` apart; undefined when it is anything else. */
export function parseToken(token: string): ParsedToken | undefined {
  const [, authority, hostname, port, query] =
    /^(([^/?#@\s]+):([1-9]\d{0,4}))\/\?(.+)$/.exec(token) ?? [];
  const parameters = query === undefined ? undefined : parseQuery(query);
  if (!authority || !hostname || !port || !parameters) return undefined;

  const get = (name: Parameter) => parameters.get(name) ?? '';
  const [accessKeyId, date, region, service, terminator, ...rest] =
    get('X-Amz-Credential').split('/');
  const signedAt = parseAmzDate(get('X-Amz-Date'));
  const expiresS = /^[1-9]\d{0,2}$/.test(get('X-Amz-Expires')) ? Number(get('X-Amz-Expires')) : 0;
  if (!accessKeyId || !date || !region || !service || rest.length > 0) return undefined;

  const wellFormed =
    terminator === 'aws4_request' &&
    get('Action') === 'connect' &&
    get('X-Amz-Algorithm') === ALGORITHM &&
    get('X-Amz-SignedHeaders') === 'host' &&
    get('X-Amz-Date').startsWith(`${date}T`) &&
    Number.isFinite(signedAt) &&
    expiresS > 0 &&
    expiresS <= MAX_EXPIRES_S;
  if (!wellFormed) return undefined;

  return {
    hostname,
    port: Number(port),
    username: get('DBUser'),
    accessKeyId,
    scope: { date, region, service },
    amzDate: get('X-Amz-Date'),
    signedAt,
    expiresAt: signedAt + expiresS * 1000,
    sessionToken: parameters.get('X-Amz-Security-Token'),
    signature: get('X-Amz-Signature'),
    authority,
    canonicalQuery: canonicalQuery([...parameters].filter(([name]) => name !== 'X-Amz-Signature')),
  };
}

/** The signature that AWS would compute for this token with this secret. */
export function expectedSignature(token: ParsedToken, secretAccessKey: string): string {
  const request = [
    'GET',
    '/',
    token.canonicalQuery,
    `host:${token.authority}`,
    '',
    'host',
    sha256(''),
  ];
  return signatureOf(
    request.join('\n'),
    { scope: token.scope, date: token.amzDate },
    secretAccessKey,
  );
}
