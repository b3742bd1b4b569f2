import { mutationsOf } from '../mutation';

const UNIT = 'test/unit/dialects/mariadb.test.ts';
const SOCKET = 'test/unit/dialects/mariadb-socket.test.ts';
const CATCH = 'test/unit/dialects/catch-while-reading.test.ts';

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
      id: 'mariadb-deadline-tls',
      find: '        signal: socket.signal,\n',
      replace: '',
      meaning: 'the deadline does not reach the TLS socket',
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
  ...mutationsOf({ file: 'src/dialects/mariadb-socket.ts', test: UNIT }, [
    {
      id: 'mariadb-clear-deadline',
      find: '    clearTimeout(this.#timer);\n',
      replace: '',
      meaning: 'the deadline ends a connection that has logged in',
    },
    {
      id: 'mariadb-deadline',
      find: 'return (callback: SocketCallback) => this.#watch(connectTo(connectTarget), callback);',
      replace: 'return () => connectTo(connectTarget);',
      meaning:
        'a server that falls silent holds the connection, and its place in the pool, forever',
    },
    {
      id: 'mariadb-deadline-of-user-socket',
      find: 'return socket && this.#watch(socket, callback);',
      replace: 'return socket;',
      meaning: 'a login through the user’s own socket has no deadline',
    },
    {
      id: 'mariadb-catch',
      find: 'setImmediate(() => (this.#isOver ? socket.destroy() : this.#end(socket, error)));',
      replace: 'void error;',
      meaning: 'a login to a server that speaks another protocol waits for its deadline',
      test: SOCKET,
    },
    {
      id: 'mariadb-catch-ended',
      find: '(this.#isOver ? socket.destroy() : this.#end(socket, error))',
      replace: 'this.#end(socket, error)',
      meaning:
        'the socket of a login that has failed gets an error that nobody listens to, which ends the process',
      test: SOCKET,
    },
    {
      id: 'mariadb-stop-catching',
      find: '      stopCatching();\n',
      replace: '',
      meaning: 'what the application throws while it reads rows is taken for the server’s fault',
      test: SOCKET,
    },
    {
      id: 'mariadb-keep-listeners',
      find: 'if (this.hasTlsBegun) keepErrorListeners(replace);',
      replace: '',
      meaning: 'a server that hangs up during the TLS handshake ends the process',
      test: SOCKET,
    },
    {
      id: 'mariadb-listeners-before-tls',
      find: 'if (this.hasTlsBegun) keepErrorListeners(replace);',
      replace: 'keepErrorListeners(replace);',
      meaning: 'the connector forgets the socket of a login that fails before TLS',
      test: SOCKET,
    },
    {
      id: 'mariadb-spare-timer',
      find: "spare.emit('connect');",
      replace: '',
      meaning: 'the connector waits for a socket of no use, and fails a login that has ended',
      test: SOCKET,
    },
    {
      id: 'mariadb-stop-watching',
      find: '      stopWatching();\n',
      replace: '',
      meaning: 'a connection that ends after its login gets a socket of no use',
      test: SOCKET,
    },
    {
      id: 'mariadb-own-destroy',
      find: "else Object.defineProperty(socket, 'destroy', own);",
      replace: "else Reflect.deleteProperty(socket, 'destroy');",
      meaning: 'the user’s own socket loses its destroy',
      test: SOCKET,
    },
  ]),
  ...mutationsOf({ file: 'src/dialects/catch-while-reading.ts', test: CATCH }, [
    {
      id: 'catch-data-only',
      find: "event !== 'data' || !isActive",
      replace: '!isActive',
      meaning: 'errors of other events are hidden from the application',
    },
    {
      id: 'catch-until-released',
      find: "event !== 'data' || !isActive",
      replace: "event !== 'data'",
      meaning: 'errors of the application are hidden after the login',
    },
    {
      id: 'catch-thrown',
      find: "event !== 'data' || !isActive",
      replace: 'true',
      meaning: 'whoever can send packets before TLS can end the process',
    },
  ]),
  ...mutationsOf({ file: 'src/dialects/mariadb-token.ts', test: UNIT }, [
    {
      id: 'mariadb-token-early',
      find: 'if (!isVerified) return plugin !== CLEAR && !hasTlsBegun();',
      replace: 'if (!isVerified && plugin !== CLEAR) return !hasTlsBegun();',
      meaning: 'a server that asks before TLS is up gets the token in plain text',
    },
    {
      id: 'mariadb-token-plugin',
      find: 'if (plugin !== CLEAR) return false;',
      replace: '',
      meaning: 'any plugin that the server asks for gets the token',
    },
    {
      id: 'mariadb-token-other-plugins',
      find: 'if (plugin !== CLEAR) return false;',
      replace: 'if (plugin !== CLEAR) return true;',
      meaning: 'a server may ask for any plugin',
    },
    {
      id: 'mariadb-token-in-handshake',
      find: 'return plugin !== CLEAR && !hasTlsBegun();',
      replace: 'return plugin !== CLEAR;',
      meaning: 'whoever answers before the server is verified gets a proof of the placeholder',
    },
    {
      id: 'mariadb-token-once',
      find: "isTaken ? '' : takeToken();",
      replace: 'takeToken();',
      meaning: 'the server gets the token as often as it asks',
    },
    {
      id: 'mariadb-token-no-certificate',
      find: "? new Error('the server accepted the login before it was verified')",
      replace: '? undefined',
      meaning: 'a server that accepts the login without TLS counts as verified',
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
