import { randomBytes } from 'node:crypto';
import { type Attempt, createAuthority } from 'rds-iam-emulator';
import { startMariaDb } from '../../test/harness/mariadb-server';
import { forkMySqlEmulator } from '../../test/harness/fork-emulator';
import type { Login } from './logins';
import type { Stage } from './stage';
import type { Undo } from './undo';
// The endpoint below has an RDS name; this makes such names resolve to this machine.
import '../../test/fixtures/resolve-rds-names.cjs';

const REGION = 'ap-northeast-1';
const HOSTNAME = `demo.cluster-example.${REGION}.rds.amazonaws.com`;
const USERNAME = 'demo_user';
const DATABASE = 'demo';

/** Starts a MariaDB and, in front of it, an emulated RDS endpoint that refuses what exceeds `limit` logins per second. */
export async function startEmulatedRds(limit: number, undo: Undo): Promise<Stage> {
  const server = await startMariaDb();
  undo.add(() => server.stop());
  await server.createDatabase(DATABASE);
  const user = await server.createUser('demo', DATABASE);

  const authority = await createAuthority();
  const credentials = {
    accessKeyId: 'AKIADEMOEXAMPLE',
    secretAccessKey: randomBytes(30).toString('base64'),
  };
  const emulator = await forkMySqlEmulator({
    backend: { host: server.host, port: server.port, users: { [USERNAME]: user } },
    endpoint: { hostname: HOSTNAME, region: REGION },
    credentials: { [credentials.accessKeyId]: credentials },
    tls: await authority.issue({ names: [HOSTNAME] }),
    limit,
  });
  // Ctrl-C in a terminal ends the emulator's process too, before it can be asked to end.
  undo.add(() => emulator.close().catch(() => undefined));

  return {
    target: {
      host: HOSTNAME,
      port: emulator.port,
      username: USERNAME,
      database: DATABASE,
      region: REGION,
      ca: authority.caPem,
      credentials,
      profile: undefined,
    },
    witness: 'server',
    watch: () => emulator.clear(),
    logins: async () => (await emulator.attempts()).map(toLogin),
    isKept: false,
  };
}

function toLogin({ acceptedAt, tokenAt = acceptedAt, outcome }: Attempt): Login {
  const known = outcome === 'accepted' || outcome === 'throttled' || outcome === 'denied';
  return { at: tokenAt, outcome: known ? outcome : 'failed' };
}
