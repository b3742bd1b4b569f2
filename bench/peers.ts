import { Signer } from '@aws-sdk/rds-signer';
import { Sequelize, type Options } from 'sequelize';
import { connectByHand } from '../examples/demo/hand-written';
import { databaseOptions, type Target } from '../examples/demo/target';
import { addIamAuth, type LimiterOptions } from '../src/index';

/** What a user writes to log in with IAM authentication. */
export interface Peer {
  readonly name: string;
  /** An application whose pool has at most `max` connections. Without a limit where it has one and `isLimited` is false. */
  readonly connect: (target: Target, max: number, isLimited: boolean, more?: Options) => Sequelize;
}

/** The hand-written hook, with one token for 14 minutes. */
function connectByHandCached(target: Target, max: number, more?: Options): Sequelize {
  const sequelize = new Sequelize(databaseOptions(target, max, more));
  const { host: hostname, port, username, region, credentials, ca } = target;
  const signer = new Signer({
    hostname,
    port,
    username,
    ...(region && { region }),
    ...(credentials && { credentials }),
  });
  let cached: { readonly token: string; readonly until: number } | undefined;
  sequelize.addHook('beforeConnect', async (config) => {
    if (cached === undefined || Date.now() > cached.until) {
      cached = { token: await signer.getAuthToken(), until: Date.now() + 840_000 };
    }
    const { token } = cached;
    Object.assign(config, {
      password: token,
      dialectOptions: {
        ssl: { ca },
        authPlugins: { mysql_clear_password: () => () => Buffer.from(`${token}\0`) },
      },
    });
  });
  return sequelize;
}

function connectWithPackage(
  target: Target,
  max: number,
  limiter: LimiterOptions | false,
  more?: Options,
): Sequelize {
  const sequelize = new Sequelize(databaseOptions(target, max, more));
  const { region, credentials, ca } = target;
  // A pool that reopens each connection is meant here.
  const logger = { warn: () => undefined };
  addIamAuth(sequelize, { region, credentials, tls: { ca }, limiter, logger });
  return sequelize;
}

/** The first is what the others are compared with. */
export const PEERS: readonly Peer[] = [
  {
    name: 'by hand',
    connect: (target, max, _, more) => connectByHand(target, max, more),
  },
  {
    name: 'by hand, token cached',
    connect: (target, max, _, more) => connectByHandCached(target, max, more),
  },
  {
    name: 'with the package',
    connect: (target, max, isLimited, more) =>
      connectWithPackage(target, max, isLimited ? {} : false, more),
  },
];
