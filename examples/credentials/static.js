// Access keys in the environment, under other names than the AWS SDK's.
const { QueryTypes, Sequelize } = require('sequelize');
const { addIamAuth } = require('sequelize-rds-iam');

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
    credentials: {
      accessKeyId: process.env.APP_ACCESS_KEY_ID,
      secretAccessKey: process.env.APP_SECRET_ACCESS_KEY,
      sessionToken: process.env.APP_SESSION_TOKEN, // only temporary credentials have one
    },
  });

  const [row] = await sequelize.query('SELECT CURRENT_USER() AS user', { type: QueryTypes.SELECT });
  console.log(`Logged in as ${row.user}`);
  await sequelize.close();
}

main();
