import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { explainError } from 'sequelize-rds-iam';
import { startSts, type EmulatedSts } from '../../harness/credential-services';
import { mysqlGreeting, mysqlPacket } from '../../harness/mysql-packets';
import { examine, firstFailure } from '../../harness/diagnosis';
import {
  cells,
  connectCell,
  iamAuthFor,
  optionsFor,
  startCluster,
  type Cell,
  type Cluster,
} from '../../harness/cells';
import { withoutAws } from '../../harness/named-rds';
import { CREDENTIALS, USERNAME } from '../../harness/rds';

const { accessKeyId, ...secrets } = CREDENTIALS;
const DENIED = `The IAM authentication failed for the role ${USERNAME}. Check the IAM token for this role and try again.`;
const isPostgres = ({ dialect }: Cell) => dialect === 'postgres';

/** Failures slow their endpoint down, and what this server answers does not depend on what is signed. */
let signedPort = 10_000;

const environment = { ...process.env };
let sts: EmulatedSts;
beforeAll(async () => {
  sts = await startSts({ [accessKeyId]: secrets });
  process.env = { ...withoutAws(environment), AWS_ENDPOINT_URL_STS: sts.url };
});
afterAll(async () => {
  process.env = { ...environment };
  await sts.close();
});

/** What RDS Proxy says (UserGuide/rds-proxy.troubleshooting.html), its code in the table, and a phrase of the remedy. */
const mysqlMessages = [
  [1040, 'IAM authentication rate limit exceeded', '1040', /limiter\.processes/],
  [1040, 'Connections rate limit exceeded (5)', '1040', /lower pool\.max/],
  [1040, 'Number simultaneous connections exceeded (5)', '1040', /lower pool\.max/],
  [3159, 'This RDS Proxy requires TLS connections.', '3159', /sets TLS up/],
  [9501, 'Timed-out waiting to acquire database connection', '9501', /target health/],
  [1231, "Variable 'character_set_client' can't be set to the value of ucs2", '1231', /utf8mb4/],
  [1105, 'Unknown error', '1105', /proxy's log/],
  [1045, DENIED, 'RDS_PROXY_DENIED', /endpoint\.port/],
] as const;
const postgresMessages = [
  ['28000', DENIED, 'RDS_PROXY_DENIED', /endpoint\.port/],
  ['28000', 'IAM authentication failed', 'RDS_PROXY_DENIED', /endpoint\.port/],
  [
    '28000',
    'The IAM authentication failed because of too many competing requests.',
    '1040',
    /limiter\.processes/,
  ],
  ['28000', 'IAM authentication is allowed only with SSL connections.', '3159', /sets TLS up/],
  ['28000', 'IAM is allowed only with SSL connections.', '3159', /sets TLS up/],
  ['28000', 'This RDS Proxy requires TLS connections.', '3159', /sets TLS up/],
  [
    '28000',
    `This RDS proxy has no credentials for the role ${USERNAME}. Check the credentials for this role and try again.`,
    'RDS_PROXY_NO_SECRET',
    /secret/,
  ],
  [
    '28000',
    'RDS Proxy supports only IAM, MD5, or SCRAM authentication.',
    'RDS_PROXY_AUTH',
    /required/,
  ],
  ['28000', 'Timed-out waiting to acquire database connection', '9501', /target health/],
] as const;

describe.each(cells.filter(({ replication }) => !replication))('RDS Proxy, $name', (cell) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(cell);
  });
  afterAll(() => cluster.close());

  /** The error that an application gets, and what the doctor finds. */
  async function meet(options: object = {}, port = (signedPort += 1)) {
    const iamAuth = { endpoint: { hostname: cluster.writer.hostname, port } };
    const { sequelize } = connectCell(cell, cluster, { options, iamAuth });
    const error: unknown = await sequelize.query('SELECT 1').catch((reason: unknown) => reason);
    await sequelize.close();
    const report = await examine({
      sequelizeOptions: {
        ...optionsFor(cell, cluster, options),
        iamAuth: iamAuthFor(cluster, iamAuth),
      },
    });
    return { error, failure: firstFailure(report) };
  }

  it.each<readonly [number | string, string, string, RegExp]>(
    isPostgres(cell) ? postgresMessages : mysqlMessages,
  )('is understood: %s %s', async (code, message, expected, fix) => {
    const packet = isPostgres(cell) ? { sqlState: code } : { code, sqlState: 'HY000' };
    // Which faults an engine knows is for the test to say.
    const faults: object = { errorPacket: { ...packet, message } };
    await cluster.writer.emulator.setFaults(faults);
    const isDenial = expected === 'RDS_PROXY_DENIED';
    const { error, failure } = await (isDenial ? meet({}, isPostgres(cell) ? 5432 : 3306) : meet());

    expect(explainError(error)).toMatchObject({ code: expected });
    expect(String(error)).toContain(explainError(error).cause);
    expect(failure).toMatchObject({
      id: 'login',
      summary: expect.stringContaining(message) as string,
      fix: expect.stringMatching(fix) as string,
    });
  });

  it('is understood when it ends the TLS handshake with an internal error', async () => {
    const proxy = await startFailingTls(cell);
    const { error, failure } = await meet({ port: proxy.port });
    await proxy.close();

    expect(explainError(error)).toMatchObject({ code: '2026' });
    expect(failure).toMatchObject({ id: 'tls', fix: explainError(error).fix });
  });
});

/** Agrees to TLS, and answers the handshake with the alert `internal_error` (RFC 8446, 6.2). */
async function startFailingTls(cell: Cell) {
  const ALERT = Buffer.of(21, 3, 3, 0, 2, 2, 80);
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (!isPostgres(cell)) socket.write(mysqlPacket(0, mysqlGreeting()));
    socket.on('data', (bytes: Buffer) => {
      if (isPostgres(cell) && bytes.length === 8) socket.write('S');
      else if (bytes.includes(Buffer.of(22, 3, 1))) socket.end(ALERT);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: Number(Reflect.get(Object(server.address()), 'port')),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
