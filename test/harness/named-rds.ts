import { join } from 'node:path';
import { createAuthority, type MySqlEndpoint } from 'rds-iam-emulator';
import { forkMySqlEmulator } from './fork-emulator';
import { mariaDb } from './backend';
import { CREDENTIALS, REGION, USERNAME } from './rds';

const preload = (fixture: string) =>
  `--require ${JSON.stringify(join(__dirname, '../fixtures', fixture))}`;
/** The emulator's authority is trusted like a root that comes with the package, so programs need not name it. */
export const ROUTE_TO_EMULATOR = preload('route-to-emulator.cjs');
const RESOLVE_RDS_NAMES = preload('resolve-rds-names.cjs');
const NOWHERE = join(__dirname, 'nowhere');

/** A cluster that other processes reach by its RDS name, which they must resolve to this machine. */
export interface NamedRds {
  readonly hostname: string;
  readonly caPem: string;
  readonly emulator: MySqlEndpoint;
  /** For a child process: its database, its credentials, and no other AWS configuration. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Starts one; `signedPort` is what tokens must be signed for where that is not the port of the emulator, as behind a tunnel. */
export async function startNamedRds({
  signedPort,
}: { signedPort?: number } = {}): Promise<NamedRds> {
  const hostname = `mydb.cluster-abc.${REGION}.rds.amazonaws.com`;
  const { host, port, users } = mariaDb();
  const authority = await createAuthority();
  const { accessKeyId, secretAccessKey, sessionToken } = CREDENTIALS;
  const emulator = await forkMySqlEmulator({
    backend: { host, port, users: { [USERNAME]: users.app } },
    endpoint: { hostname, region: REGION, ...(signedPort && { port: signedPort }) },
    credentials: { [accessKeyId]: { secretAccessKey, sessionToken } },
    tls: await authority.issue({ names: [hostname] }),
    limit: 20,
  });
  const environment = {
    ...withoutAws(process.env),
    DB_HOST: hostname,
    DB_PORT: String(emulator.port),
    DB_USER: USERNAME,
    DB_NAME: 'app',
    EMULATOR_PORT: String(emulator.port),
    EMULATOR_CA: authority.caPem,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    NODE_OPTIONS: `${RESOLVE_RDS_NAMES} ${ROUTE_TO_EMULATOR}`,
  };
  return { hostname, caPem: authority.caPem, emulator, environment };
}

/** An environment in which the AWS SDK finds nothing of this machine's. */
export function withoutAws(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('AWS_'))),
    AWS_SHARED_CREDENTIALS_FILE: NOWHERE,
    AWS_CONFIG_FILE: NOWHERE,
    AWS_EC2_METADATA_DISABLED: 'true',
    // What it prints depends on the date.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}
