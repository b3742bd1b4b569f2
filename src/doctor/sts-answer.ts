/** What answered a GetCallerIdentity. */
export type StsAnswer = StsIdentity | StsRefusal | NotSts;

interface StsIdentity {
  readonly kind: 'identity';
  readonly arn: string;
}

/** An error of AWS STS itself. */
interface StsRefusal {
  readonly kind: 'refusal';
  readonly code: string;
  readonly message: string;
  /** It is about the credentials: AWS does not take them. */
  readonly refusesCredentials: boolean;
}

/** Something else: a proxy, a portal, a stand-in. */
interface NotSts {
  readonly kind: 'stranger';
  /** Its status and the kind of its body, but none of its words. */
  readonly what: string;
}

/** Codes with which AWS says that it does not take the credentials (STS/latest/APIReference/CommonErrors.html, and what older services say). */
const REFUSED_CREDENTIALS = [
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
];

/** LocalStack's; no account of AWS has it. */
const NO_ACCOUNT = '000000000000';

/** Reads an answer of `status` with `body`. */
export function readStsAnswer(status: number, body: string): StsAnswer {
  const root = /^\s*(?:<\?xml[^>]*\?>\s*)?<(\w+)/.exec(body)?.[1];
  const [account, arn, code, message] = ['Account', 'Arn', 'Code', 'Message'].map((name) =>
    textOf(body, name),
  );
  if (root === 'GetCallerIdentityResponse' && status === 200 && account && arn) {
    return account === NO_ACCOUNT
      ? { kind: 'stranger', what: `LocalStack (account ${NO_ACCOUNT})` }
      : { kind: 'identity', arn };
  }
  if (root === 'ErrorResponse' && status >= 400 && code) {
    // Further lines may repeat the request, which holds the session token.
    const [reason = ''] = (message ?? '').split('\n');
    const refusesCredentials = status < 500 && REFUSED_CREDENTIALS.includes(code);
    return { kind: 'refusal', code, message: reason, refusesCredentials };
  }
  return { kind: 'stranger', what: `HTTP ${status} with ${kindOf(body, root)}` };
}

function kindOf(body: string, root: string | undefined): string {
  const start = body.trimStart();
  if (start === '') return 'no body';
  if (/^<!doctype html/i.test(start) || root?.toLowerCase() === 'html') return 'an HTML page';
  if (/^[{[]/.test(start)) return 'JSON';
  return root === undefined ? 'text' : 'XML';
}

function textOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}
