// Credentials from a broker of your own. The package calls it again shortly before they expire.
const { QueryTypes, Sequelize } = require('sequelize');
const { addIamAuth } = require('sequelize-rds-iam');

/** Called once for all waiting connections. The query fails with what it throws. */
async function fromBroker() {
  const response = await fetch(process.env.BROKER_URL);
  if (!response.ok) throw new Error(`The broker answers ${response.status}`);
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = await response.json();
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: Token,
    expiration: new Date(Expiration),
  };
}

async function main() {
  const sequelize = new Sequelize({
    dialect: 'mysql',
    host: process.env.DB_HOST, // mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com
    port: process.env.DB_PORT ?? 3306,
    username: process.env.DB_USER, // the database user that the IAM policy names
    database: process.env.DB_NAME,
    logging: false,
  });

  addIamAuth(sequelize, {
    credentials: fromBroker,
  });

  const [row] = await sequelize.query('SELECT CURRENT_USER() AS user', { type: QueryTypes.SELECT });
  console.log(`Logged in as ${row.user}`);
  await sequelize.close();
}

main();
