const { Sequelize } = require('sequelize');
const { addIamAuth } = require('sequelize-rds-iam');

const { DB_HOST: host, DB_USER: username, DB_NAME: database } = process.env;
const sequelize = new Sequelize({ dialect: 'mysql', host, username, database, logging: false });
addIamAuth(sequelize);
afterAll(() => sequelize.close());

test('logs in with IAM', async () => {
  const [row] = await sequelize.query('SELECT CURRENT_USER() AS user', { type: 'SELECT' });
  expect(row.user).toBe('app_user@%');
});

test('stays below 20 logins per second', async () => {
  await Promise.all(Array.from({ length: 40 }, () => sequelize.query('SELECT SLEEP(0.01)')));
  const response = await fetch(`${process.env.RDS_IAM_EMULATOR_CONTROL}/attempts`);
  const attempts = await response.json();
  expect(attempts.filter(({ outcome }) => outcome !== 'accepted')).toEqual([]);
});
