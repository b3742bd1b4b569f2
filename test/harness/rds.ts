import { Sequelize, type Options } from 'sequelize';
import { addIamAuth, type IamAuth, type IamAuthOptions } from 'sequelize-rds-iam';
import {
  type Authority,
  createAuthority,
  type MySqlEndpoint,
  type MySqlEndpointOptions,
} from 'rds-iam-emulator';
import { forkMySqlEmulator } from './fork-emulator';
import { mariaDb, postgres } from './backend';

export const REGION = 'ap-northeast-1';
export const USERNAME = 'jane_doe';
/** An access key of nobody. */
export const CREDENTIALS = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE',
  secretAccessKey: 'je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY',
  sessionToken: `IQoJb3JpZ2luX2Vj${'SessionToken/+'.repeat(40)}==`,
};

/** A cluster as the tests see it: behind a tunnel on loopback, at RDS's own port. */
export interface Rds {
  readonly hostname: string;
  readonly emulator: MySqlEndpoint;
  readonly authority: Authority;
  /** An application's Sequelize that reaches the cluster, with IAM authentication added. */
  readonly connect: (settings?: Settings) => Application;
  readonly close: () => Promise<void>;
}

interface Application {
  readonly sequelize: Sequelize;
  readonly iam: IamAuth;
}

export interface Settings {
  /** `databaseVersion` is an option that the types leave out: with it, Sequelize opens no version probe. */
  readonly sequelize?: Partial<Options> & { readonly databaseVersion?: string };
  readonly iamAuth?: IamAuthOptions;
  readonly Sequelize?: typeof Sequelize;
}

let clusters = 0;

/** What may differ between the endpoints that one application uses. */
export interface EndpointPlan {
  readonly engine?: 'mysql' | 'postgres';
  readonly region?: string;
  readonly username?: string;
  readonly authority?: Authority;
}

/** An endpoint of a name of its own, in front of the run's server of that engine: what its emulator needs, and who vouches for it. */
export async function planEndpoint({
  engine = 'mysql',
  region = REGION,
  username = USERNAME,
  authority: given,
}: EndpointPlan) {
  clusters += 1;
  const hostname = `mydb${process.pid}x${clusters}.cluster-abc.${region}.rds.amazonaws.com`;
  const { host, port, users } = engine === 'mysql' ? mariaDb() : postgres();
  const authority = given ?? (await createAuthority());
  const { accessKeyId, secretAccessKey, sessionToken } = CREDENTIALS;
  const emulated = {
    backend: { host, port, users: { [username]: users.app } },
    endpoint: { hostname, port: engine === 'mysql' ? 3306 : 5432, region },
    credentials: { [accessKeyId]: { secretAccessKey, sessionToken } },
    tls: await authority.issue({ names: [hostname] }),
    limit: 20,
  };
  return { hostname, username, authority, emulated };
}

/** Starts a cluster in a process of its own, so that its clock is not the client's. */
export async function startRds(
  {
    authority: given,
    ...options
  }: Partial<MySqlEndpointOptions> & Pick<EndpointPlan, 'authority'> = {},
  { isDirect = false }: { isDirect?: boolean } = {},
): Promise<Rds> {
  const { hostname, authority, emulated } = await planEndpoint({
    ...(given === undefined ? {} : { authority: given }),
  });
  // Signed for the port that is dialed, where no tunnel is in between.
  const endpoint = isDirect ? { hostname, region: REGION } : emulated.endpoint;
  const emulator = await forkMySqlEmulator({ ...emulated, endpoint, ...options });
  const open: Sequelize[] = [];

  const connect = (settings: Settings = {}): Application => {
    const { Sequelize: SequelizeClass = Sequelize } = settings;
    const sequelize = new SequelizeClass({
      dialect: 'mysql',
      host: '127.0.0.1',
      port: emulator.port,
      username: USERNAME,
      database: 'app',
      logging: false,
      ...settings.sequelize,
    });
    open.push(sequelize);
    const iam = addIamAuth(sequelize, {
      endpoint: { hostname },
      tls: { ca: authority.caPem },
      credentials: CREDENTIALS,
      ...settings.iamAuth,
    });
    return { sequelize, iam };
  };

  return {
    hostname,
    emulator,
    authority,
    connect,
    close: async () => {
      await Promise.all(open.map((sequelize) => sequelize.close()));
      await emulator.close();
    },
  };
}

/** How many of the promises were kept, and the errors of the others. */
export async function outcomes(
  promises: readonly Promise<unknown>[],
): Promise<{ succeeded: number; errors: unknown[] }> {
  const results = await Promise.allSettled(promises);
  const errors = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  return { succeeded: results.length - errors.length, errors };
}

/** What `count` calls of `start` return, started at once. */
export function times<T>(count: number, start: () => T): T[] {
  return Array.from({ length: count }, start);
}
