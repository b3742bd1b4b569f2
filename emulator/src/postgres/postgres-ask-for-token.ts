import { randomBytes } from 'node:crypto';
import type { ClientLink } from '../endpoint/client-link';
import { Refusal } from '../endpoint/login-refusal';
import { NUL, nulTerminated } from '../endpoint/packet-fields';
import type { PostgresFaults } from './postgres-faults';
import { Authentication, encodeAuthentication, parseProof } from './postgres-protocol';
import { authenticationFailed, passwordExpected } from './postgres-refusals';

async function ask(link: ClientLink, kind: number, data?: Buffer): Promise<Buffer> {
  link.send(encodeAuthentication(kind, data));
  const proof = parseProof(await link.receive());
  if (!proof) throw new Refusal('refused', 'protocol', passwordExpected);
  return proof;
}

/** Asks for SCRAM up to the proof that is computed from the password. */
async function askForScram(link: ClientLink): Promise<void> {
  const mechanisms = Buffer.concat([nulTerminated('SCRAM-SHA-256'), NUL]);
  const first = await ask(link, Authentication.SASL, mechanisms);
  const [, clientNonce = ''] = /r=([^,]+)/.exec(first.toString('latin1')) ?? [];
  const salt = randomBytes(16).toString('base64');
  const challenge = `r=${clientNonce}${randomBytes(18).toString('base64')},s=${salt},i=4096`;
  await ask(link, Authentication.SASL_CONTINUE, Buffer.from(challenge));
}

const otherProofs = {
  md5: (link: ClientLink) => ask(link, Authentication.MD5_PASSWORD, randomBytes(4)),
  gss: (link: ClientLink) => ask(link, Authentication.GSS),
  'scram-sha-256': askForScram,
};

/** Asks as RDS does, or as the faults say; resolves to the token, or throws a refusal. */
export async function askForToken(
  link: ClientLink,
  { authMethod }: PostgresFaults,
  username: string,
): Promise<string> {
  if (authMethod === undefined)
    return (await ask(link, Authentication.CLEARTEXT_PASSWORD)).toString().replace(/\0$/, '');
  await otherProofs[authMethod](link);
  throw new Refusal('refused', `authentication ${authMethod}`, authenticationFailed(username));
}
