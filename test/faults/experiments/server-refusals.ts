import { explainError } from 'sequelize-rds-iam';
import type { Cell } from '../../harness/cells';
import { attemptsEnded, failedWith, type Experiment } from '../experiment';
import { holding, SERVER } from '../server-faults';
import type { Stage } from '../stage';

const isMySql = ({ dialect }: Cell) => dialect !== 'postgres';
const isPostgres = ({ dialect }: Cell) => dialect === 'postgres';
const DENIED = ['ER_ACCESS_DENIED_ERROR', '28000'];
const MAX_PACKET = 16 * 1024 * 1024;

/** Servers that answer logins, and do not let them in. */
export const refusalExperiments: readonly Experiment[] = [
  {
    ...SERVER,
    id: 'server-denied-once',
    fault: 'The server denies one login',
    remedy: 'Nothing',
    run: async ({ setFaults, wait }) => {
      await setFaults({ deny: 1 });
      await wait(2_000);
      await setFaults();
    },
    errors: DENIED,
    isMet: attemptsEnded(({ outcome }) => outcome === 'denied'),
  },
  {
    ...SERVER,
    id: 'server-denied',
    fault: 'The server denies every login',
    remedy: "Run npx sequelize-rds-iam doctor, or read the instance's iam-db-auth-error log",
    run: holding({ deny: true }),
    errors: DENIED,
    isMet: failedWith(...DENIED),
  },
  {
    ...SERVER,
    id: 'server-full',
    fault: 'The instance has no free connections',
    remedy: 'Lower pool.max or the number of processes, or use RDS Proxy',
    run: holding({ maxConnections: 1 }),
    errors: ['ER_CON_COUNT_ERROR', '53300'],
    isMet: failedWith('ER_CON_COUNT_ERROR', '53300'),
  },
  {
    ...SERVER,
    id: 'server-other-plugin',
    fault: 'The server asks for the password of another plugin',
    remedy: 'Create the user with AWSAuthenticationPlugin, and enable IAM authentication',
    cells: isMySql,
    run: holding({ plugin: 'caching_sha2_password' }),
    // The second is the MariaDB connector's.
    errors: ['ERR_IAM_AUTH_METHOD', 'AUTH_SWITCH_PLUGIN_ERROR'],
    isMet: failedWith('ERR_IAM_AUTH_METHOD', 'AUTH_SWITCH_PLUGIN_ERROR'),
  },
  ...(['md5', 'scram-sha-256'] as const).map((authMethod): Experiment => ({
    ...SERVER,
    id: `server-asks-${authMethod}`,
    fault: `The server asks for a ${authMethod} password`,
    remedy: 'GRANT rds_iam TO the user, and enable IAM authentication',
    cells: isPostgres,
    run: holding({ authMethod }),
    errors: ['ERR_IAM_AUTH_METHOD'],
    isMet: failedWith('ERR_IAM_AUTH_METHOD'),
  })),
  {
    ...SERVER,
    id: 'server-blocks-host',
    fault: 'The server blocks this machine after too many aborted logins',
    remedy: 'Run FLUSH HOSTS as an administrator, and stop what connects without logging in',
    cells: isMySql,
    run: holding({
      errorPacket: {
        code: 1129,
        sqlState: 'HY000',
        message: "Host '10.0.0.1' is blocked because of many connection errors",
      },
    }),
    errors: ['ER_HOST_IS_BLOCKED'],
    isMet: failedWith('ER_HOST_IS_BLOCKED'),
  },
  {
    ...SERVER,
    id: 'server-starting-up',
    fault: 'The server answers logins that it is starting up',
    remedy: 'Wait; if it lasts, read the log of the instance',
    cells: isPostgres,
    run: holding({
      errorPacket: { sqlState: '57P03', message: 'the database system is starting up' },
    }),
    errors: ['57P03'],
    isMet: failedWith('57P03'),
  },
  {
    ...SERVER,
    id: 'server-packet-too-large',
    fault: 'One query is larger than the server takes',
    remedy: 'Send less in one query, or raise max_allowed_packet',
    run: async (stage) => {
      for (let turn = 0; turn < 3; turn += 1) {
        await failsWithItsOwnError(stage);
        await stage.wait(300);
      }
    },
    // MySQL hangs up after its answer, and the next query may get that connection from the pool.
    errors: ['ECONNRESET'],
    breaksConnections: true,
    isMet: ({ queries }) => queries.length > 0,
  },
];

/** What servers and drivers say to a query that is too large: before it is sent, in an answer, or by hanging up in the middle of it. */
const TOO_LARGE = ['ER_NET_PACKET_TOO_LARGE', 'ER_MAX_ALLOWED_PACKET', 'ECONNRESET', '54000'];

async function failsWithItsOwnError({ cell, application }: Stage): Promise<void> {
  const text = isPostgres(cell) ? `repeat('x', ${2 ** 30})` : `'${'x'.repeat(MAX_PACKET)}'`;
  const query = application.sequelize.query(`SELECT LENGTH(${text})`, { type: 'SELECT' });
  const code = await query.then(
    () => 'none',
    (error: unknown) => explainError(error).code,
  );
  if (!TOO_LARGE.includes(code))
    throw new Error(`The error of the query that is too large: ${code}`);
}
