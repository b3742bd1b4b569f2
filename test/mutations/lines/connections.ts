import { mutationsOf } from '../mutation';

const OBJECTS = 'test/unit/attacks/hostile-objects.test.ts';
const ATTACH = 'test/unit/attach/add-iam-auth.test.ts';

export const connectionLines = [
  ...mutationsOf({ file: 'src/login/before-connect.ts', test: ATTACH }, [
    {
      id: 'check-config',
      find: 'dialect.check(driverConfig);',
      replace: '',
      meaning: 'what an earlier hook sets is checked only after a slot was used',
    },
    {
      id: 'denied-token',
      find: "if (outcome === 'denied') deps.tokenProvider.noteDenial(token, credentials);",
      replace: '',
      meaning: 'a denied token is used again and again',
      test: 'test/integration/login/token-reuse.test.ts',
      only: 'denied',
    },
    {
      id: 'late-without-token',
      find: "outcome === 'timeout' && !isTaken ? 'failed' : outcome",
      replace: 'outcome',
      meaning: 'after a server was silent, slots rest for ten seconds for nothing',
      test: 'test/unit/login/mariadb-login.test.ts',
    },
    {
      id: 'late-with-token',
      find: 'isTaken = true;',
      replace: '',
      meaning: 'the slot of a login that timed out with its token sent rests for one second',
      test: 'test/unit/login/mariadb-login.test.ts',
    },
    {
      id: 'lease-margin',
      find: 'loginTimeoutMs(driverConfig, dialect.timeoutOption) + LEASE_MARGIN_MS;',
      replace: 'loginTimeoutMs(driverConfig, dialect.timeoutOption);',
      meaning: 'a login that a hook delays has no slot any more',
    },
    {
      id: 'slot-settled',
      find: 'slot.settle(counted);',
      replace: '',
      meaning: 'a slot is not returned after its login',
    },
    {
      id: 'token-in-log',
      find: "`${reused ? 'Reused' : 'Signed'} a token for",
      replace: "`${reused ? 'Reused' : 'Signed'} ${token} for",
      meaning: 'the log contains the token',
    },
  ]),
  ...mutationsOf({ file: 'src/login/wrap-connect.ts', test: ATTACH }, [
    {
      id: 'host-changed',
      find: '    checkUnchanged(readConnectTarget(driverConfig, dialect.defaultPort), login.connectTarget);\n',
      replace: '',
      meaning: 'a token goes to the host that a later hook chose',
    },
    {
      id: 'host-dialed',
      find: 'sequelize.applyChanges(config, { host, ...changes })',
      replace: 'sequelize.applyChanges(config, changes)',
      meaning: 'the driver dials a host that was never checked',
      test: OBJECTS,
    },
    {
      id: 'target-host',
      find: 'now.hostname === signed.hostname &&\n',
      replace: '',
      meaning: 'a token goes to the host that a later hook chose',
    },
    {
      id: 'target-port',
      find: 'now.port === signed.port &&\n',
      replace: '',
      meaning: 'a token goes to the port that a later hook chose',
    },
    {
      id: 'target-user',
      find: '&&\n    now.username === signed.username;',
      replace: ';',
      meaning: 'a token is used for the user that a later hook chose',
    },
    {
      id: 'check-again',
      find: 'dialect.check(driverConfig);',
      replace: '',
      meaning: 'a later hook can switch TLS off',
    },
    {
      id: 'options-restored',
      find: '    restore();\n',
      replace: '',
      meaning: 'Sequelize’s shared config keeps the options of one login',
    },
    {
      id: 'token-forgotten',
      find: 'forget?.(connection);',
      replace: '',
      meaning: 'the mariadb connector keeps the token of a connection',
      test: 'test/unit/login/mariadb-login.test.ts',
    },
    {
      id: 'token-forgotten-after-failure',
      find: 'forget?.();',
      replace: '',
      meaning: 'the mariadb connector keeps the token of a login that failed',
      test: 'test/unit/login/mariadb-login.test.ts',
    },
    {
      id: 'without-login',
      find: 'if (isActive()) refuseWithoutLogin();',
      replace: '',
      meaning: 'a connection without a slot and without TLS is opened',
    },
    {
      id: 'refused-login-settled',
      find: "settle('notNeeded', error);",
      replace: '',
      meaning: 'the slot of a login that a later hook spoiled is lost until its lease ends',
    },
  ]),
  ...mutationsOf({ file: 'src/login/resolve-endpoint.ts', test: ATTACH }, [
    {
      id: 'two-sets-of-roots',
      find: 'if (own !== undefined && options.tls?.ca !== undefined) {',
      replace: 'if (false) {',
      meaning: 'of two sets of roots, one is ignored without a word',
    },
    {
      id: 'own-roots',
      find: 'return options.tls?.ca ?? own ?? (await bundledRoots(region));',
      replace: 'return options.tls?.ca ?? (await bundledRoots(region));',
      meaning: 'the user’s roots are ignored',
    },
  ]),
];
