import { Signer } from '@aws-sdk/rds-signer';
import { Sequelize, type Options } from 'sequelize';
import { databaseOptions, type Target } from './target';

/** The recipe that one finds everywhere. It is right for one connection: a fresh token, over verified TLS. */
export function connectByHand(target: Target, max: number, more?: Options): Sequelize {
  const { host, port, username, ca, credentials, profile } = target;
  const region = target.region ?? /\.([a-z]{2,}-[a-z-]+-\d)\./.exec(host)?.[1];
  const sequelize = new Sequelize(databaseOptions(target, max, more));

  sequelize.addHook('beforeConnect', async (config: { host?: string; port?: string | number }) => {
    const signer = new Signer({
      hostname: config.host ?? host,
      port: Number(config.port ?? port),
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
