import { Signer } from '@aws-sdk/rds-signer';
import { Sequelize, type Options } from 'sequelize';
import { databaseOptions, type Target } from '../../../examples/demo/target';

/** A token is valid for 15 minutes. */
const TOKEN_AGE_MS = 14 * 60_000;

/** The hook of hand-written.ts, by an author who keeps the token. */
export function connectWithCachedToken(target: Target, max: number, more?: Options): Sequelize {
  const { host: hostname, port, username, ca } = target;
  const region = target.region ?? '';
  const sequelize = new Sequelize(databaseOptions(target, max, more));
  let signedAt = -Infinity;
  let signed = Promise.resolve('');

  sequelize.addHook('beforeConnect', async (config: object) => {
    if (Date.now() - signedAt > TOKEN_AGE_MS) {
      signedAt = Date.now();
      signed = new Signer({ hostname, port, username, region }).getAuthToken();
    }
    const token = await signed;
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
