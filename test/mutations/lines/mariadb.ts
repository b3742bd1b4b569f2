import { mutationsOf } from '../mutation';

const UNIT = 'test/unit/dialects/mariadb.test.ts';

export const mariadbLines = [
  ...mutationsOf({ file: 'src/dialects/mariadb.ts', test: UNIT }, [
    {
      id: 'mariadb-unauthorized',
      find: 'rejectUnauthorized: true,',
      replace: 'rejectUnauthorized: false,',
      meaning: 'the connector logs in to a server whose certificate nobody trusts',
    },
    {
      id: 'mariadb-roots',
      find: '...ssl,\n        ca,',
      replace: '...ssl,',
      meaning: 'every authority that Node trusts can vouch for a database',
    },
    {
      id: 'mariadb-servername',
      find: 'servername: endpoint.hostname,',
      replace: '',
      meaning:
        'the connector names no server in the TLS handshake, so RDS Proxy shows no certificate',
    },
    {
      id: 'mariadb-tunnel-name',
      find: '{ host: endpoint.hostname }),',
      replace: '{}),',
      meaning: 'behind a tunnel, the name of the tunnel is verified instead of the endpoint’s',
    },
    {
      id: 'mariadb-identity',
      find: '        checkServerIdentity,\n',
      replace: '',
      meaning: 'the endpoint’s name is verified by nobody but the connector',
    },
    {
      id: 'mariadb-redirect',
      find: 'permitRedirect: false,',
      replace: 'permitRedirect: true,',
      meaning: 'a server sends the login, with its token, to another host',
    },
    {
      id: 'mariadb-redirect-option',
      find: "  permitRedirect: 'a server could send the token to another host',\n",
      replace: '',
      meaning: 'permitRedirect is accepted, and has no effect',
    },
    {
      id: 'mariadb-plugins-option',
      find: "  restrictedAuth: 'the server may ask for mysql_clear_password only',\n",
      replace: '',
      meaning: 'restrictedAuth is accepted, and has no effect',
    },
    {
      id: 'mariadb-log-packets',
      find: "  logPackets: 'it adds packets to errors, including the token',\n",
      replace: '',
      meaning: 'errors contain the token',
    },
    {
      id: 'mariadb-debug',
      find: "  debug: 'it prints every packet, including the token',\n",
      replace: '',
      meaning: 'debug prints the token',
    },
    {
      id: 'mariadb-logger',
      find: "Boolean(Reflect.get(Object(logger), 'network'))",
      replace: 'false',
      meaning: 'the user’s logger gets the token',
    },
    {
      id: 'mariadb-switch-unauthorized',
      find: "switches: ['rejectUnauthorized'] }",
      replace: 'switches: [] }',
      meaning: 'ssl.rejectUnauthorized: false is accepted without a word',
    },
    {
      id: 'mariadb-forget',
      find: 'password.splice(0);',
      replace: '',
      meaning: 'the driver keeps the token after the login',
    },
    {
      id: 'mariadb-clear-deadline',
      find: 'deadline.clear();',
      replace: '',
      meaning: 'the deadline ends a connection that has logged in',
    },
    {
      id: 'mariadb-deadline',
      find: 'return () => deadline.watch(connectTo(connectTarget));',
      replace: 'return () => connectTo(connectTarget);',
      meaning:
        'a server that falls silent holds the connection, and its place in the pool, forever',
    },
    {
      id: 'mariadb-deadline-tls',
      find: '        signal: deadline.signal,\n',
      replace: '',
      meaning: 'the deadline does not reach the TLS socket',
    },
    {
      id: 'mariadb-deadline-of-user-socket',
      find: 'return socket && deadline.watch(socket);',
      replace: 'return socket;',
      meaning: 'a login through the user’s own socket has no deadline',
    },
    {
      id: 'mariadb-old-connector',
      find: 'if (!(major >= 3)) {',
      replace: 'if (false) {',
      meaning: 'a connector that hands the password to every plugin is accepted',
    },
    {
      id: 'mariadb-denied',
      find: "return 'denied';",
      replace: "return 'failed';",
      meaning: 'a token that the server denied is used again',
    },
    {
      id: 'mariadb-timeout',
      find: "return TIMEOUTS.includes(String(code)) ? 'timeout' : 'failed';",
      replace: "return 'failed';",
      meaning: 'the slot of a login that timed out rests for one second instead of ten',
    },
  ]),
  ...mutationsOf({ file: 'src/dialects/mariadb-token.ts', test: UNIT }, [
    {
      id: 'mariadb-token-early',
      find: 'if (isVerified && plugin === CLEAR) password[0] = takeToken();',
      replace: 'if (plugin === CLEAR) password[0] = takeToken();',
      meaning: 'a server that asks before TLS is up gets the token in plain text',
    },
    {
      id: 'mariadb-token-plugin',
      find: 'if (isVerified && plugin === CLEAR) password[0] = takeToken();',
      replace: 'if (isVerified) password[0] = takeToken();',
      meaning: 'any plugin that the server asks for gets the token',
    },
    {
      id: 'mariadb-token-other-plugins',
      find: 'return isVerified === (plugin === CLEAR);',
      replace: 'return true;',
      meaning: 'a server may ask for any plugin',
    },
    {
      id: 'mariadb-token-verified',
      find: 'isVerified = problem === undefined;',
      replace: 'isVerified = true;',
      meaning: 'a server with the certificate of another host counts as verified',
    },
    {
      id: 'mariadb-token-placeholder',
      find: "[randomBytes(16).toString('hex')]",
      replace: '[takeToken()]',
      meaning: 'the driver has the token before the server is verified',
    },
  ]),
];
