import { createHash } from 'node:crypto';

/** The shortest part of a token that is searched for. */
const WINDOW = 8;

const sha1 = (...parts: readonly (Buffer | string)[]) => hash('sha1', parts);
const sha256 = (...parts: readonly (Buffer | string)[]) => hash('sha256', parts);

function hash(algorithm: string, parts: readonly (Buffer | string)[]): Buffer {
  const digest = createHash(algorithm);
  for (const part of parts) digest.update(part);
  return digest.digest();
}

function xor(bytes: Buffer, key: Buffer, offset = 0): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ (key[(index + offset) % key.length] ?? 0)));
}

/** All that the bytes may say: as they are, decoded, and without the nonce that a plugin combines a password with. */
function readings(received: Buffer, nonce: Buffer): Buffer[] {
  const text = received.toString('latin1');
  const unescaped = text.replace(/%([0-9a-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  const decoded = (runs: RegExp, encoding: BufferEncoding) =>
    [...text.matchAll(runs)].map(([run]) => Buffer.from(run, encoding));
  return [
    received,
    Buffer.from(unescaped, 'latin1'),
    ...decoded(/[A-Za-z0-9+/_-]{11,}/g, 'base64'),
    ...decoded(/[0-9a-f]{16,}/gi, 'hex'),
    ...Array.from({ length: nonce.length + 1 }, (_, offset) =>
      xor(received, Buffer.concat([nonce, Buffer.of(0)]), offset),
    ),
    ...Array.from({ length: nonce.length }, (_, offset) => xor(received, nonce, offset)),
  ];
}

function windowsOf(bytes: Buffer): string[] {
  const text = bytes.toString('latin1');
  return Array.from({ length: Math.max(0, text.length - WINDOW + 1) }, (_, start) =>
    text.slice(start, start + WINDOW),
  );
}

/** The parts of a token that say more than what it is for. */
function secretsOf(token: string): Buffer[] {
  const parameters = token.slice(token.indexOf('/?') + 2).split('&');
  const secrets = parameters.filter((parameter) => !parameter.startsWith('DBUser='));
  const value = (name: string) =>
    decodeURIComponent(parameters.find((one) => one.startsWith(`${name}=`))?.split('=')[1] ?? '');
  return [
    ...secrets.map((secret) => Buffer.from(secret)),
    Buffer.from(value('X-Amz-Security-Token')),
    Buffer.from(value('X-Amz-Signature'), 'hex'),
  ];
}

/** What the driver computes from a password for the plugins that never show it. */
function proofsOf(password: string, nonce: Buffer, username: string): Buffer[] {
  const md5 = (...parts: readonly (Buffer | string)[]) => hash('md5', parts).toString('hex');
  return [
    xor(sha1(password), sha1(nonce, sha1(sha1(password)))),
    xor(sha256(password), sha256(sha256(sha256(password)), nonce)),
    Buffer.from(md5(md5(password, username), nonce.subarray(0, 4))),
  ];
}

/** How many bytes of these are in windows that are there. */
function covered(secrets: readonly Buffer[], isThere: (window: string) => boolean): number {
  let bytes = 0;
  for (const secret of secrets) {
    let counted = 0;
    windowsOf(secret).forEach((window, start) => {
      if (!isThere(window)) return;
      bytes += start + WINDOW - Math.max(start, counted);
      counted = start + WINDOW;
    });
  }
  return bytes;
}

/** What an adversary got. */
export interface Haul {
  /** The bytes of the token, in whatever form. All of them if it got the token as it is. */
  readonly bytes: number;
  /** The bytes of hashes that only the token's owner can compute. */
  readonly proof: number;
}

/** Searches a recording for a token, for every part of eight bytes of it, and for what is computed from it. */
export function searchFor(
  token: string,
  received: Buffer,
  { nonce, username }: { readonly nonce: Buffer; readonly username: string },
): Haul {
  const proof = covered(proofsOf(token, nonce, username), (window) =>
    received.includes(window, 0, 'latin1'),
  );
  if (received.includes(token)) return { bytes: token.length, proof };
  const there = new Set(readings(received, nonce).flatMap(windowsOf));
  // Where it is for, drivers tell every server: the host's name contains the Region.
  for (const window of windowsOf(Buffer.from(token.slice(0, token.indexOf('/?'))))) {
    there.delete(window);
  }
  const bytes = covered(secretsOf(token), (window) => there.has(window));
  return { bytes: Math.min(bytes, token.length), proof };
}
