import { Signer } from '@aws-sdk/rds-signer';
import { Sequelize } from 'sequelize';
import { databaseOptions, type Target } from './target';

/** The recipe that one finds everywhere. It is right for one connection: a fresh token, over verified TLS. */
export function connectByHand(target: Target, max: number): Sequelize {
  const { host, port, username, ca, credentials, profile } = target;
  const region = target.region ?? /\.([a-z]{2,}-[a-z-]+-\d)\./.exec(host)?.[1];
  const sequelize = new Sequelize(databaseOptions(target, max));

  sequelize.addHook('beforeConnect', async (config: object) => {
    const signer = new Signer({
      hostname: host,
      port,
      username,
      ...(region && { region }),
      ...(credentials && { credentials }),
      ...(profile && { profile }),
    });
    const token = await signer.getAuthToken();
    Object.assign(config, {
      password: token,
      dialectOptions: {
        ssl: ca === undefined ? 'Amazon RDS' : { ca },
        authPlugins: { mysql_clear_password: () => () => Buffer.from(`${token}\0`) },
      },
    });
  });
  return sequelize;
}
