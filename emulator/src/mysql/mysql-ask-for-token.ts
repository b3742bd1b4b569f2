import type { ClientLink } from '../endpoint/client-link';
import { Refusal } from '../endpoint/login-refusal';
import type { MySqlFaults } from './mysql-faults';
import { encodeAuthSwitch, type HandshakeResponse } from './mysql-protocol';
import { accessDenied } from './mysql-refusals';

const CLEAR = 'mysql_clear_password';
const PERFORM_FULL_AUTHENTICATION = Buffer.of(1, 4);

/** Asks for another proof, and then for all that a hostile server could ask for. */
async function askForOtherProof(link: ClientLink, plugin: string, nonce: Buffer): Promise<Buffer> {
  link.send(encodeAuthSwitch(plugin, nonce));
  const proof = await link.receive();
  if (plugin !== 'caching_sha2_password') return proof;
  link.send(PERFORM_FULL_AUTHENTICATION);
  return link.receive();
}

async function askForFullAuthentication(
  link: ClientLink,
  response: HandshakeResponse,
  nonce: Buffer,
): Promise<Buffer> {
  if (response.plugin !== 'caching_sha2_password')
    return askForOtherProof(link, 'caching_sha2_password', nonce);
  link.send(PERFORM_FULL_AUTHENTICATION);
  return link.receive();
}

/** Asks as RDS does, or as the faults say; resolves to the token, or throws a refusal. */
export async function askForToken(
  link: ClientLink,
  faults: MySqlFaults,
  response: HandshakeResponse,
  nonce: Buffer,
): Promise<string> {
  const textOf = (packet: Buffer) => packet.toString().replace(/\0$/, '');
  if (faults.plugin !== undefined) {
    await askForOtherProof(link, faults.plugin, nonce);
    throw new Refusal('refused', `plugin ${faults.plugin}`, accessDenied(response.username));
  }
  if (faults.cachingSha2FullAuth)
    return textOf(await askForFullAuthentication(link, response, nonce));
  if (response.plugin === CLEAR && response.authResponse.length > 0)
    return textOf(response.authResponse);
  link.send(encodeAuthSwitch(CLEAR, nonce));
  return textOf(await link.receive());
}
