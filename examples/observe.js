// Prints each login, and each failure with what follows, from the package's diagnostics channels.
const { subscribe } = require('node:diagnostics_channel');
const { QueryTypes, Sequelize } = require('sequelize');
const { addIamAuth } = require('sequelize-rds-iam');

subscribe('tracing:sequelize-rds-iam:login:asyncEnd', (login) => {
  const { endpoint, outcome, slotWaitMs, loginMs } = login;
  const times = `waited ${Math.round(slotWaitMs)} ms, took ${Math.round(loginMs)} ms`;
  console.log(`${outcome} at ${endpoint.hostname}: ${times}`);
});
subscribe('sequelize-rds-iam:backoff', ({ endpoint, failures, delayMs, errorCode }) => {
  const next = `next login in ${Math.round(delayMs)} ms`;
  console.log(`${failures} failed at ${endpoint.hostname} (${errorCode}): ${next}`);
});

async function main() {
  const sequelize = new Sequelize({
    dialect: 'mysql',
    host: process.env.DB_HOST, // mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com
    port: process.env.DB_PORT ?? 3306,
    username: process.env.DB_USER, // the database user that the IAM policy names
    database: process.env.DB_NAME,
    logging: false,
  });
  addIamAuth(sequelize);

  const [row] = await sequelize.query('SELECT CURRENT_USER() AS user', { type: QueryTypes.SELECT });
  console.log(`Logged in as ${row.user}`);
  await sequelize.close();
}

main();
