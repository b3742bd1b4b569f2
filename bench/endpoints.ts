import { randomBytes } from 'node:crypto';
import type { Target } from '../examples/demo/target';
import type { Undo } from '../examples/demo/undo';
import { createAuthority, type MySqlEndpoint } from 'rds-iam-emulator';
import { startMariaDb } from '../test/harness/mariadb-server';
import { forkMySqlEmulator } from '../test/harness/fork-emulator';
// The endpoints below have RDS names; this makes such names resolve to this machine.
import '../test/fixtures/resolve-rds-names.cjs';

const REGION = 'ap-northeast-1';
const USERNAME = 'bench_user';
const DATABASE = 'bench';
/** RDS's own, as the documents had it for long: the 21st login of a second is refused. */
const LIMIT = 20;

/** An emulated RDS endpoint, in a process of its own, and how to log in to it. */
export interface Endpoint {
  readonly target: Target & { readonly ca: string };
  readonly emulator: MySqlEndpoint;
}

/** Starts `count` endpoints in front of one MariaDB. */
export async function startEndpoints(count: number, undo: Undo): Promise<Endpoint[]> {
  const server = await startMariaDb();
  undo.add(() => server.stop());
  await server.createDatabase(DATABASE);
  const user = await server.createUser('bench', DATABASE);
  const authority = await createAuthority();
  const credentials = {
    accessKeyId: 'AKIABENCHEXAMPLE',
    secretAccessKey: randomBytes(30).toString('base64'),
  };
  const start = async (index: number): Promise<Endpoint> => {
    const host = `bench-${index}.cluster-example.${REGION}.rds.amazonaws.com`;
    const emulator = await forkMySqlEmulator({
      backend: { host: server.host, port: server.port, users: { [USERNAME]: user } },
      endpoint: { hostname: host, region: REGION },
      credentials: { [credentials.accessKeyId]: credentials },
      tls: await authority.issue({ names: [host] }),
      limit: LIMIT,
    });
    // Ctrl-C in a terminal ends the emulator's process too, before it can be asked to end.
    undo.add(() => emulator.close().catch(() => undefined));
    const login = { username: USERNAME, database: DATABASE, region: REGION, credentials };
    return {
      emulator,
      target: { host, port: emulator.port, ...login, ca: authority.caPem, profile: undefined },
    };
  };
  return Promise.all(Array.from({ length: count }, (_, index) => start(index)));
}
