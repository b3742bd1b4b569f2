import { mutationsOf } from '../mutation';

const UNIT = 'test/unit/dialects/postgres.test.ts';
const STREAM = 'test/unit/dialects/postgres-stream.test.ts';

export const postgresLines = [
  ...mutationsOf({ file: 'src/dialects/postgres.ts', test: UNIT }, [
    {
      id: 'postgres-unauthorized',
      find: 'rejectUnauthorized: true,',
      replace: 'rejectUnauthorized: false,',
      meaning: 'pg logs in to a server whose certificate nobody trusts',
    },
    {
      id: 'postgres-roots',
      find: '...ssl,\n        ca,',
      replace: '...ssl,',
      meaning: 'every authority that Node trusts can vouch for a database',
    },
    {
      id: 'postgres-servername',
      find: 'servername: endpoint.hostname,',
      replace: '',
      meaning: 'pg asks for the certificate of another name than the endpoint’s',
    },
    {
      id: 'postgres-identity',
      find: 'checkServerIdentity: composedIdentityCheck(endpoint.hostname, ssl.checkServerIdentity),',
      replace: '',
      meaning: 'a check of the user’s replaces the verification of the endpoint’s name',
    },
    {
      id: 'postgres-tunnel',
      find: '      ...(isTunnel ? { host: endpoint.hostname } : {}),\n',
      replace: '',
      meaning: 'behind a tunnel, pg asks for the certificate of the tunnel’s name',
    },
    {
      id: 'postgres-tunnel-socket',
      find: '(isTunnel ? socketTo(connectTarget) : new (net().Socket)())',
      replace: 'new (net().Socket)()',
      meaning: 'the tunnel is bypassed',
    },
    {
      id: 'postgres-native',
      find: 'checkConflicts(config, { native: NATIVE });',
      replace: 'checkConflicts(config, {});',
      meaning: 'pg-native is accepted, which sends the token to an unverified server',
    },
    {
      id: 'postgres-native-environment',
      find: "if (process.env['NODE_PG_FORCE_NATIVE'] !== undefined) {",
      replace: 'if (false) {',
      meaning: 'pg-native is accepted if the environment asks for it',
    },
    {
      id: 'postgres-socket-folder',
      find: "if (typeof options.host === 'string' && options.host.startsWith('/')) {",
      replace: 'if (false) {',
      meaning: 'the login goes through a socket without TLS',
    },
    {
      id: 'postgres-switch-unauthorized',
      find: "switches: ['rejectUnauthorized'] }",
      replace: 'switches: [] }',
      meaning: 'ssl.rejectUnauthorized: false is accepted without a word',
    },
    {
      id: 'postgres-denied',
      find: "return 'denied';",
      replace: "return 'failed';",
      meaning: 'a token that the server denied is used again',
    },
    {
      id: 'postgres-timeout',
      find: "isTimeout(driverError(error)) ? 'timeout' : 'failed'",
      replace: "false ? 'timeout' : 'failed'",
      meaning: 'the slot of a login that timed out rests for one second instead of ten',
    },
    {
      id: 'postgres-no-deadline',
      find: '(options.connectionTimeoutMillis ?? DEFAULT_TIMEOUT_MS)',
      replace: 'options.connectionTimeoutMillis',
      meaning: 'a silent server holds the connection, and its place in the pool, forever',
    },
  ]),
  ...mutationsOf({ file: 'src/dialects/postgres-stream.ts', test: STREAM }, [
    {
      id: 'postgres-catch',
      find: "if (isConnection(this)) this.once('sslconnect', watch.bind(undefined, this));",
      replace: '',
      meaning: 'a server that asks for GSSAPI ends the process',
    },
    {
      id: 'postgres-catch-end',
      find: '      stream.destroy();\n',
      replace: '',
      meaning: 'the connection to a server that pg does not understand stays open',
    },
    {
      id: 'postgres-catch-release',
      find: 'release: () => release(),',
      replace: 'release: () => undefined,',
      meaning: 'errors of the application are hidden after the login',
    },
    {
      id: 'postgres-catch-explained',
      find: 'if (number === undefined) return error;',
      replace: 'return error;',
      meaning: 'a server that asks for GSSAPI gets an error that names no remedy',
    },
  ]),
  ...mutationsOf({ file: 'src/dialects/postgres-token.ts', test: UNIT }, [
    {
      id: 'postgres-token-encrypted',
      find: "if (stream.encrypted !== true) return 'the connection is not encrypted';",
      replace: '',
      meaning: 'the token goes out without TLS if pg lets it pass',
    },
    {
      id: 'postgres-token-authority',
      find: 'return stream.authorized === true ? undefined : "the server\'s certificate is not trusted";',
      replace: 'return undefined;',
      meaning: 'the token goes to a server with an untrusted certificate if pg lets it pass',
    },
    {
      id: 'postgres-token-placeholder',
      find: 'return placeholder;',
      replace: 'return takeToken();',
      meaning: 'pg keeps the token, and sends a hash of it to a server that asks for md5',
    },
    {
      id: 'postgres-token-md5',
      find: 'if (answer === placeholder) send',
      replace: 'if (true) send',
      meaning: 'a server that asks for md5 gets the token in clear text',
    },
    {
      id: 'postgres-token-scram',
      find: "connection.sendSASLInitialResponseMessage = () => end(connection, endpoint, 'SCRAM');",
      replace: '',
      meaning: 'a server that asks for SCRAM gets a proof of the placeholder',
    },
    {
      id: 'postgres-token-once',
      find: "Reflect.deleteProperty(connection, 'password');",
      replace: '',
      meaning: 'the server gets the token as often as it asks',
    },
    {
      id: 'postgres-token-shape',
      find: '[emit, password, sendSASLInitialResponseMessage].every',
      replace: '[emit].every',
      meaning: 'a pg whose answers cannot be replaced is accepted',
    },
    {
      id: 'postgres-token-end',
      find: 'connection.stream.destroy();',
      replace: '',
      meaning: 'the connection to a server that asks for another method stays open',
    },
  ]),
];
