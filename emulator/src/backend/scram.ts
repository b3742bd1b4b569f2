import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);
const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
const xor = (a: Buffer, b: Buffer) => Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)));

// What SASLprep does to most passwords; PostgreSQL takes those that it cannot prepare as they are.
const prepared = (password: string) => password.normalize('NFKC');

const salted = (password: string, salt: Buffer, iterations: number) =>
  derive(prepared(password), salt, iterations, 32, 'sha256');

/** What PostgreSQL keeps of a password: given in place of one, it keeps the password out of the server's log. */
export async function scramVerifier(password: string): Promise<string> {
  const salt = randomBytes(16);
  const iterations = 4096;
  const key = await salted(password, salt, iterations);
  const storedKey = sha256(hmac(key, 'Client Key')).toString('base64');
  const serverKey = hmac(key, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/** The client's side of SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677). */
export interface ScramClient {
  readonly firstMessage: string;
  /** The answer to the server's first message. */
  finalMessage(serverFirst: string): Promise<string>;
  /** Whether the server's last message shows that it knows the password. */
  isServer(serverFinal: string): boolean;
}

/** Begins a login. */
export function scramClient(
  password: string,
  nonce = randomBytes(18).toString('base64'),
): ScramClient {
  // PostgreSQL takes the name from its startup packet.
  const bare = `n=,r=${nonce}`;
  let serverSignature: string | undefined;
  return {
    firstMessage: `n,,${bare}`,
    finalMessage: async (serverFirst) => {
      const [, bothNonces = '', salt = '', iterations = ''] =
        /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst) ?? [];
      if (!bothNonces.startsWith(nonce) || bothNonces === nonce)
        throw new Error('The database server does not speak SCRAM-SHA-256');
      const key = await salted(password, Buffer.from(salt, 'base64'), Number(iterations));
      const withoutProof = `c=biws,r=${bothNonces}`;
      const signed = `${bare},${serverFirst},${withoutProof}`;
      const clientKey = hmac(key, 'Client Key');
      const proof = xor(clientKey, hmac(sha256(clientKey), signed)).toString('base64');
      serverSignature = hmac(hmac(key, 'Server Key'), signed).toString('base64');
      return `${withoutProof},p=${proof}`;
    },
    isServer: (serverFinal) =>
      serverSignature !== undefined && serverFinal === `v=${serverSignature}`,
  };
}
