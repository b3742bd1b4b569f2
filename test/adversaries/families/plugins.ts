import { generateKeyPairSync } from 'node:crypto';
import { MYSQL, type Adversary, type Loss } from '../adversary';
import { authSwitch, moreData, newNonce, nextFactor, CLEAR, MULTI_FACTOR } from '../mysql-server';
import { mysqlServer, type MySqlTalk } from '../plays';

const FULL_AUTHENTICATION = moreData(Buffer.of(4));

let key: string | undefined;

function rsaKey(): string {
  key ??= generateKeyPairSync('rsa', { modulusLength: 2_048 })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
  return key;
}

/** A server with the endpoint's own certificate that greets with `greeting` and then says this. */
const asking = (
  byHand: Adversary['byHand'],
  talk: MySqlTalk,
  greeting = 'mysql_native_password',
  capabilities = 0,
): Omit<Adversary, 'id' | 'who' | 'does'> => ({
  dialects: MYSQL,
  byHand,
  listen: mysqlServer(
    ({ certificates }) => ({ shown: certificates.right, plugin: greeting, capabilities }),
    talk,
  ),
});

/** Asks for a plugin, with the nonce as its challenge, and then says the rest, whatever the answers. */
const switching =
  (plugin: string, ...rest: readonly (() => Buffer)[]): MySqlTalk =>
  async ({ ask }, { nonce }) => {
    await ask(authSwitch(plugin, Buffer.concat([nonce, Buffer.of(0)])));
    for (const more of rest) await ask(more());
  };

const who = "an impostor with the endpoint's certificate and key";
const plugin = (
  id: string,
  name: string,
  byHand: Adversary['byHand'],
  ...rest: (() => Buffer)[]
): Adversary => ({
  id,
  who,
  does: `asks for \`${name}\``,
  ...asking(byHand, switching(name, ...rest)),
});

const HASH: Loss = 'hash';

/** Those whose TLS is in order and who ask for another proof than RDS does. */
export const plugins: readonly Adversary[] = [
  plugin('plugin-mysql-native-password', 'mysql_native_password', HASH),
  plugin('plugin-caching-sha2-password', 'caching_sha2_password', HASH),
  {
    id: 'caching-sha2-full',
    who,
    does: 'asks for `caching_sha2_password`, and then for its full authentication: the password as it is',
    ...asking(
      'token',
      switching('caching_sha2_password', () => FULL_AUTHENTICATION),
    ),
  },
  {
    id: 'caching-sha2-greeting',
    who,
    does: 'greets with `caching_sha2_password`, and asks for its full authentication at once',
    ...asking(
      { mysql: 'token', mariadb: HASH },
      ({ ask }) => ask(FULL_AUTHENTICATION),
      'caching_sha2_password',
    ),
  },
  {
    id: 'caching-sha2-rsa',
    who,
    does: 'asks for `caching_sha2_password`, and offers an RSA public key to encrypt the password with',
    ...asking(
      // By hand, the MariaDB connector throws where nobody can catch it.
      { mysql: HASH },
      switching('caching_sha2_password', () => moreData(rsaKey())),
    ),
  },
  plugin('plugin-sha256-password', 'sha256_password', 'token', () => moreData(rsaKey())),
  {
    id: 'sha256-greeting',
    who,
    does: 'greets with `sha256_password`, for which drivers send the password in their first packet',
    ...asking({ mysql: 'token', mariadb: HASH }, () => undefined, 'sha256_password'),
  },
  {
    id: 'clear-greeting',
    who: 'an impostor without a certificate',
    does: 'greets with `mysql_clear_password`, for which drivers send the password in their first packet',
    dialects: MYSQL,
    handTls: 'none',
    byHand: { mysql: HASH, mariadb6: 'token', mariadb7: 'nothing' },
    listen: mysqlServer(
      () => ({ plugin: CLEAR }),
      () => undefined,
    ),
  },
  plugin('plugin-mysql-old-password', 'mysql_old_password', HASH),
  plugin('plugin-dialog', 'dialog', { mysql: HASH, mariadb: 'token' }, () =>
    Buffer.from('\x02Password: '),
  ),
  plugin('plugin-client-ed25519', 'client_ed25519', HASH),
  plugin('plugin-parsec', 'parsec', HASH),
  plugin('plugin-auth-gssapi-client', 'auth_gssapi_client', HASH),
  plugin('plugin-a-plugin-of-its-own', 'a_plugin_of_its_own', HASH),
  plugin('plugin-proto', '__proto__', HASH),
  plugin('plugin-to-string', 'toString', HASH),
  {
    id: 'plugin-old-switch',
    who,
    does: 'switches to `mysql_old_password` with the one byte of old servers',
    ...asking(HASH, ({ ask }) => ask(Buffer.of(0xfe))),
  },
  {
    id: 'more-data-unasked',
    who,
    does: 'sends more data for a plugin for which it has not asked',
    ...asking(HASH, ({ ask }) => ask(moreData(newNonce()))),
  },
  {
    id: 'second-factor',
    who,
    does: 'claims multi-factor authentication and asks for the next factor with `sha256_password`',
    ...asking(
      { mysql: 'token', mariadb: HASH },
      ({ ask }) => ask(nextFactor('sha256_password')),
      'mysql_native_password',
      MULTI_FACTOR,
    ),
  },
];
