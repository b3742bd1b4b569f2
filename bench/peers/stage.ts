import { randomBytes } from 'node:crypto';
import { createAuthority, startEndpoint, type MySqlEndpoint } from 'rds-iam-emulator';
import type { Undo } from '../../examples/demo/undo';
import { forkMySqlEmulator } from '../../test/harness/fork-emulator';
import { startMariaDb } from '../../test/harness/mariadb-server';
import { withoutAws } from '../../test/harness/named-rds';
import type { Contender, PeerTarget } from './contenders';

const REGION = 'ap-northeast-1';
const USERNAME = 'bench_user';
const DATABASE = 'bench';
const HOSTS = 50;
/** An instance's. AWS's wrapper asks clusters for their members, which a MariaDB does not know. */
const hostname = (index: number) => `bench-${index}.abcdefghijkl.${REGION}.rds.amazonaws.com`;

/** A MariaDB, an emulated endpoint in front of it, and how contenders reach both. */
export interface PeerStage {
  readonly emulator: MySqlEndpoint;
  readonly targetOf: (contender: Contender, roots: 'one root' | 'default roots') => PeerTarget;
  /** Endpoints without a limit, each with a name of its own. */
  readonly startHosts: (count: number) => Promise<PeerTarget[]>;
  /** What the credentials of `environment` are, for an endpoint that gives them out. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } & {
    readonly sessionToken: string;
  };
  /** A child's: the credentials, no other AWS configuration, and RDS names that lead to this machine. */
  readonly environment: NodeJS.ProcessEnv;
}

export async function startStage(undo: Undo): Promise<PeerStage> {
  const server = await startMariaDb();
  undo.add(() => server.stop());
  await server.sql('SET GLOBAL max_connections = 2000');
  await server.createDatabase(DATABASE);
  const user = await server.createUser('bench', DATABASE);
  const authority = await createAuthority();
  const credentials = {
    accessKeyId: 'ASIABENCHEXAMPLE',
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(300).toString('base64'),
  };
  const names = Array.from({ length: HOSTS + 1 }, (_, index) => hostname(index));
  const { secretAccessKey, sessionToken } = credentials;
  const optionsOf = (host: string) => ({
    backend: { host: server.host, port: server.port, users: { [USERNAME]: user } },
    endpoint: { hostname: host, region: REGION },
    credentials: { [credentials.accessKeyId]: { secretAccessKey, sessionToken } },
    tls,
  });
  const tls = await authority.issue({ names });
  const emulator = await forkMySqlEmulator(optionsOf(hostname(0)));
  // Ctrl-C in a terminal ends the emulator's process too, before it can be asked to end.
  undo.add(() => emulator.close().catch(() => undefined));

  const login = { username: USERNAME, database: DATABASE, region: REGION };
  const straight = { ...user, database: DATABASE, region: REGION, ca: undefined };
  return {
    emulator,
    credentials,
    targetOf: (contender, roots) =>
      contender === 'password'
        ? { host: server.host, port: server.port, ...straight }
        : {
            ...{ host: hostname(0), port: emulator.port, ...login },
            ca: roots === 'one root' ? authority.caPem : undefined,
          },
    startHosts: (count) =>
      Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const host = hostname(index + 1);
          // In this process, which waits meanwhile.
          const endpoint = await startEndpoint({ engine: 'mysql', ...optionsOf(host) });
          undo.add(() => endpoint.close());
          return { host, port: endpoint.port, ...login, ca: authority.caPem };
        }),
      ),
    environment: {
      ...withoutAws(process.env),
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      BENCH_ROOT: authority.caPem,
    },
  };
}
