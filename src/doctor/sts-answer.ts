/** An answer to GetCallerIdentity. */
export type StsAnswer = StsIdentity | StsError | NotSts;

interface StsIdentity {
  readonly kind: 'identity';
  readonly arn: string;
}

/** An error of AWS STS itself. */
interface StsError {
  readonly kind: 'error';
  readonly code: string;
  readonly message: string;
  /** AWS rejects the credentials. */
  readonly isAboutCredentials: boolean;
}

/** The answer of something else: a proxy, a portal, an emulator. */
interface NotSts {
  readonly kind: 'not-sts';
  /** Its status and the kind of its body, without any of its text. */
  readonly what: string;
}

/** Codes with which AWS rejects the credentials (STS/latest/APIReference/CommonErrors.html, and codes of older services). */
const CREDENTIALS_CODES = [
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
];

/** LocalStack's account, which AWS does not use. */
const LOCALSTACK_ACCOUNT = '000000000000';

/** Reads the answer with this HTTP status and body. */
export function readStsAnswer(status: number, body: string): StsAnswer {
  const root = /^\s*(?:<\?xml[^>]*\?>\s*)?<(\w+)/.exec(body)?.[1];
  const [account, arn, code, message] = ['Account', 'Arn', 'Code', 'Message'].map((name) =>
    elementText(body, name),
  );
  if (root === 'GetCallerIdentityResponse' && status === 200 && account && arn) {
    return account === LOCALSTACK_ACCOUNT
      ? { kind: 'not-sts', what: `LocalStack (account ${LOCALSTACK_ACCOUNT})` }
      : { kind: 'identity', arn };
  }
  if (root === 'ErrorResponse' && status >= 400 && code) {
    // Further lines may repeat the request, which contains the session token.
    const [reason = ''] = (message ?? '').split('\n');
    const isAboutCredentials = status < 500 && CREDENTIALS_CODES.includes(code);
    return { kind: 'error', code, message: reason, isAboutCredentials };
  }
  return { kind: 'not-sts', what: `HTTP ${status} with ${kindOf(body, root)}` };
}

function kindOf(body: string, root: string | undefined): string {
  const start = body.trimStart();
  if (start === '') return 'no body';
  if (/^<!doctype html/i.test(start) || root?.toLowerCase() === 'html') return 'an HTML page';
  if (/^[{[]/.test(start)) return 'JSON';
  return root === undefined ? 'text' : 'XML';
}

function elementText(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}
