import { Sequelize } from 'sequelize';
import { addIamAuth } from 'sequelize-rds-iam';
import { afterAll, expect, test } from 'vitest';

const { DB_HOST: host, DB_USER: username, DB_NAME: database } = process.env;
const sequelize = new Sequelize({ dialect: 'postgres', host, username, database, logging: false });
addIamAuth(sequelize);
afterAll(() => sequelize.close());

test('logs in with IAM', async () => {
  const [row] = await sequelize.query('SELECT current_user AS "user"', { type: 'SELECT' });
  expect(row.user).toBe('app_user');
});
