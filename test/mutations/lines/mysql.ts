import { mutationsOf } from '../mutation';

const UNIT = 'test/unit/dialects/mysql.test.ts';
const TOKEN = {
  file: 'src/dialects/mysql-token.ts',
  test: 'test/unit/dialects/mysql-token.test.ts',
};

export const mysqlLines = [
  ...mutationsOf({ file: 'src/dialects/mysql.ts', test: UNIT }, [
    {
      id: 'mysql-unauthorized',
      find: 'rejectUnauthorized: true,',
      replace: 'rejectUnauthorized: false,',
      meaning: 'mysql2 logs in to a server whose certificate nobody trusts',
    },
    {
      id: 'mysql-identity',
      find: 'verifyIdentity: true,',
      replace: 'verifyIdentity: false,',
      meaning: 'mysql2 logs in to a server with the certificate of another host',
    },
    {
      id: 'mysql-roots',
      find: '...sslOptions(config),\n        ca,',
      replace: '...sslOptions(config),',
      meaning: 'every authority that Node trusts can vouch for a database',
    },
    {
      id: 'mysql-tunnel-name',
      find: '{ host: endpoint.hostname, stream:',
      replace: '{ stream:',
      meaning: 'behind a tunnel, the name of the tunnel is verified instead of the endpoint’s',
    },
    {
      id: 'mysql-tunnel-socket',
      find: 'stream: options.stream ?? (() => connectTo(connectTarget)) };',
      replace: 'stream: options.stream };',
      meaning: 'the tunnel is bypassed',
    },
    {
      id: 'mysql-placeholder',
      find: "password: randomBytes(16).toString('hex'),",
      replace: 'password: takeToken(),',
      meaning: 'the driver keeps the token, and sends it to a server that asks for another method',
    },
    {
      id: 'mysql-plugin-order',
      find: '{ ...pluginsOf(options), ...authPlugins(endpoint, takeToken) }',
      replace: '{ ...authPlugins(endpoint, takeToken), ...pluginsOf(options) }',
      meaning: 'a plugin that a later hook sets answers instead of the package’s',
    },
    {
      id: 'mysql-plugin-of-user',
      find: 'for (const name of SUPPLIED) {',
      replace: 'for (const name of [] as string[]) {',
      meaning: 'a plugin of the user’s that would never run is accepted',
    },
    {
      id: 'mysql-switch-unauthorized',
      find: "switches: ['rejectUnauthorized', 'verifyIdentity'] }",
      replace: "switches: ['verifyIdentity'] }",
      meaning: 'ssl.rejectUnauthorized: false is accepted without a word',
    },
    {
      id: 'mysql-switch-identity',
      find: "switches: ['rejectUnauthorized', 'verifyIdentity'] }",
      replace: "switches: ['rejectUnauthorized'] }",
      meaning: 'ssl.verifyIdentity: false is accepted without a word',
    },
    {
      id: 'mysql-own-identity-check',
      find: "if ('checkServerIdentity' in sslOptions(config)) {",
      replace: 'if (false) {',
      meaning: 'a check of the certificate that mysql2 never calls is accepted',
    },
    {
      id: 'mysql-debug',
      find: "  debug: 'it prints every packet, including the token',\n",
      replace: '',
      meaning: 'debug prints the token',
    },
    {
      id: 'mysql-switch-handler',
      find: "  authSwitchHandler: 'it would answer instead of the token',\n",
      replace: '',
      meaning: 'a handler of the user’s answers instead of the token',
    },
    {
      id: 'mysql-socket-path',
      find: "  socketPath: 'IAM authentication needs TLS over TCP',\n",
      replace: '',
      meaning: 'the login goes through a socket without TLS',
    },
    {
      id: 'mysql-uri',
      find: "  uri: 'it may contain a password, or a host other than the host option',\n",
      replace: '',
      meaning: 'the driver connects to a host that was not checked',
    },
    {
      id: 'mysql-denied',
      find: "if (code === 'ER_ACCESS_DENIED_ERROR') return 'denied';",
      replace: '',
      meaning: 'a token that the server denied is used again',
    },
    {
      id: 'mysql-timeout',
      find: "return code === 'ETIMEDOUT' ? 'timeout' : 'failed';",
      replace: "return 'failed';",
      meaning: 'the slot of a login that timed out rests for one second instead of ten',
    },
  ]),
  ...mutationsOf({ file: 'src/dialects/shared-ssl.ts', test: UNIT }, [
    {
      id: 'mysql-shared-ssl',
      find: 'Reflect.get(other, name) === value',
      replace: 'true',
      meaning: 'a login gets the TLS options of another, with other roots',
    },
  ]),
  ...mutationsOf(TOKEN, [
    {
      id: 'mysql-token-early',
      find: "if (!isHandshakeSent) return 'the server asked for it before it was verified';",
      replace: '',
      meaning: 'a server that asks before TLS is up gets the token in plain text',
    },
    {
      id: 'mysql-token-tls',
      find: 'checkTls(context, endpoint);',
      replace: '',
      meaning: 'the token goes out whatever the driver has verified',
    },
    {
      id: 'mysql-token-authority',
      find: 'if (stream.authorized !== true) return "the server\'s certificate is not trusted";',
      replace: '',
      meaning: 'the token goes to a server with an untrusted certificate if mysql2 lets it pass',
    },
    {
      id: 'mysql-token-name',
      find: 'return tls().checkServerIdentity(hostname, certificate)?.message;',
      replace: 'return undefined;',
      meaning:
        'the token goes to a server with the certificate of another host if mysql2 lets it pass',
    },
    {
      id: 'mysql-token-no-certificate',
      find: "if (certificate === undefined) return 'the server sent no certificate';",
      replace: 'if (certificate === undefined) return undefined;',
      meaning: 'the token goes to a server without a certificate if mysql2 lets it pass',
    },
    {
      id: 'mysql-token-once',
      find: "isSent ? '' : takeToken()",
      replace: 'takeToken()',
      meaning: 'the server gets the token as often as it asks',
    },
    {
      id: 'mysql-refuse-native',
      find: "['mysql_native_password', 'caching_sha2_password', 'sha256_password'] as const",
      replace: "['caching_sha2_password', 'sha256_password'] as const",
      meaning: 'mysql_native_password is answered with a hash of the placeholder',
    },
    {
      id: 'mysql-refuse-caching-sha2',
      find: "['mysql_native_password', 'caching_sha2_password', 'sha256_password'] as const",
      replace: "['mysql_native_password', 'sha256_password'] as const",
      meaning: 'caching_sha2_password is answered with the driver’s password',
    },
    {
      id: 'mysql-refuse-sha256',
      find: "['mysql_native_password', 'caching_sha2_password', 'sha256_password'] as const",
      replace: "['mysql_native_password', 'caching_sha2_password'] as const",
      meaning: 'sha256_password is answered with the driver’s password',
    },
  ]),
];
