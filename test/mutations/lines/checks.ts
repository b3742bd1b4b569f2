import { mutationsOf } from '../mutation';

const ATTACH = 'test/unit/attach/add-iam-auth.test.ts';

export const checkLines = [
  ...mutationsOf(
    { file: 'src/dialects/driver-options.ts', test: 'test/unit/dialects/mysql.test.ts' },
    [
      {
        id: 'password',
        find: "if (isGiven(config, 'password')) {",
        replace: 'if (false) {',
        meaning: 'a password is accepted together with iamAuth',
      },
      {
        id: 'conflicts',
        find: 'if (!isGiven(config, option) || options[option] === false) continue;',
        replace: 'continue;',
        meaning: 'no option of the driver’s is refused',
      },
      {
        id: 'ssl-false',
        find: 'if (ssl === undefined || ssl === null || ssl === true) return;',
        replace: 'if (ssl === undefined || ssl === null || typeof ssl === "boolean") return;',
        meaning: 'ssl: false is accepted without a word',
      },
      {
        id: 'ssl-type',
        find: "if (typeof ssl !== 'object') {",
        replace: 'if (false) {',
        meaning: 'any value is accepted as ssl',
      },
      {
        id: 'ssl-falsy-switch',
        find: 'if (value === undefined || value === true) continue;',
        replace: 'if (value !== false) continue;',
        meaning: 'rejectUnauthorized: 0 is accepted, which Node takes for false',
      },
      {
        id: 'port',
        find: 'if (!Number.isInteger(port) || port <= 0) {',
        replace: 'if (false) {',
        meaning: 'the token is signed for a port that the driver replaces',
        test: 'test/unit/attach/late-endpoint.test.ts',
      },
      {
        id: 'identity-replaced',
        find: "if (problem !== undefined || typeof own !== 'function') return problem;",
        replace: "if (typeof own !== 'function') return problem;",
        meaning: 'a check of the user’s replaces the verification of the endpoint’s name',
        test: 'test/unit/dialects/mariadb.test.ts',
      },
      {
        id: 'identity-name',
        find: 'tls().checkServerIdentity(hostname, certificate);',
        replace: 'tls().checkServerIdentity(name, certificate);',
        meaning: 'the name that the driver passes is verified instead of the endpoint’s',
        test: 'test/unit/dialects/mariadb.test.ts',
      },
      {
        id: 'identity-own',
        find: 'return answer ? (answer as Error) : undefined;',
        replace: 'return undefined;',
        meaning: 'a refusal of the user’s own check is ignored',
        test: 'test/unit/dialects/mariadb.test.ts',
      },
      {
        id: 'lease-without-timeout',
        find: "return typeof ms === 'number' && ms > 0 ? ms : NO_TIMEOUT_MS;",
        replace: 'return Number(ms);',
        meaning: 'without a time-out of the driver’s, the slot is free while the login goes on',
      },
    ],
  ),
  ...mutationsOf(
    { file: 'src/endpoint/endpoint.ts', test: 'test/unit/endpoint/endpoint.test.ts' },
    [
      {
        id: 'host-unknown',
        find: 'if (!isExplicit && !isRdsName(hostname)) {',
        replace: 'if (false) {',
        meaning: 'a token is signed for a host that is not RDS',
      },
      {
        id: 'host-suffix',
        find: '(?:${DOMAIN_PATTERN})$`);\nconst GLOBAL',
        replace: '(?:${DOMAIN_PATTERN})`);\nconst GLOBAL',
        meaning: 'a token is signed for db.eu-west-1.rds.amazonaws.com.evil.example',
      },
      {
        id: 'host-global-suffix',
        find: '(?:${DOMAIN_PATTERN})$`);\nconst HOST_NAME',
        replace: '(?:${DOMAIN_PATTERN})`);\nconst HOST_NAME',
        meaning: 'a global endpoint’s name with another domain behind it counts as RDS',
      },
      {
        id: 'host-address',
        find: 'if (net().isIP(hostname) !== 0) {',
        replace: 'if (false) {',
        meaning: 'a token is signed for an address, which RDS never accepts',
      },
      {
        id: 'host-name',
        find: 'if (!HOST_NAME.test(hostname)) {',
        replace: 'if (false) {',
        meaning: 'a URL or a path is signed as a host',
      },
      {
        id: 'region-contradiction',
        find: 'if (named !== undefined && named !== parsed) {',
        replace: 'if (false) {',
        meaning: 'a region option that contradicts the host name is ignored',
      },
      {
        id: 'region-first',
        find: 'return match?.[1] ?? match?.[2];',
        replace: 'return match?.[1];',
        meaning: 'the Region of endpoints in China is not found',
      },
      {
        id: 'region-override',
        find: 'const named = override.region ?? options.region;',
        replace: 'const named = options.region;',
        meaning: 'the token is signed for another Region than the endpoint’s',
      },
      {
        id: 'tunnel-port',
        find: '(isTunnel(connectTarget, hostname) ? defaultPort : connectTarget.port)',
        replace: 'connectTarget.port',
        meaning: 'the token is signed for the tunnel’s port, and RDS denies it',
      },
      {
        id: 'tunnel-address',
        find: "return host === 'localhost' || host === '::1' || /^127\\./.test(host);",
        replace: "return host === 'localhost';",
        meaning: 'a tunnel at 127.0.0.1 is not recognized',
      },
    ],
  ),
  ...mutationsOf(
    { file: 'src/endpoint/trusted-roots.ts', test: 'test/unit/endpoint/trusted-roots.test.ts' },
    [
      {
        id: 'roots-of-region',
        find: 'if (!der.includes(`Amazon RDS ${region} Root CA`)) return false;',
        replace: '',
        meaning: 'the roots of every Region vouch for a database',
      },
      {
        id: 'roots-expired',
        find: 'return Date.parse(new X509Certificate(der).validTo) > Date.now();',
        replace: 'return true;',
        meaning: 'expired roots are trusted',
      },
      {
        id: 'roots-missing',
        find: 'if (ofRegion.length === 0) {',
        replace: 'if (false) {',
        meaning: 'in a Region without bundled roots, a login fails without saying why',
      },
    ],
  ),
  ...mutationsOf({ file: 'src/sequelize/v6.ts', test: 'test/unit/attach/late-endpoint.test.ts' }, [
    {
      id: 'localhost',
      find: "host: host === 'localhost' ? undefined : (host ?? undefined),",
      replace: 'host: host ?? undefined,',
      meaning: 'Sequelize’s default for a missing host counts as a host',
    },
    {
      id: 'broken-connection-6',
      find: 'connection.queryType === undefined ? undefined : destroy.call(pool, connection)',
      replace: 'destroy.call(pool, connection)',
      meaning: 'with replication, a connection that breaks while it is set up ends the process',
      test: ATTACH,
    },
    {
      id: 'broken-connection-6-only',
      find: 'connection.queryType === undefined ? undefined : destroy.call(pool, connection)',
      replace: 'void connection',
      meaning: 'with replication, no broken connection leaves its pool',
      test: ATTACH,
    },
  ]),
  ...mutationsOf({ file: 'src/sequelize/v7.ts', test: 'test/unit/sequelize/v7.test.ts' }, [
    {
      id: 'broken-connection-7',
      find: 'if (!/which pool the connection belongs/.test(messageOf(error))) throw error;',
      replace: 'throw error;',
      meaning: 'a connection that breaks while it is set up ends the process',
    },
    {
      id: 'broken-connection-7-only',
      find: 'if (!/which pool the connection belongs/.test(messageOf(error))) throw error;',
      replace: '',
      meaning: 'whatever fails while a connection is destroyed is hidden',
    },
  ]),
];
