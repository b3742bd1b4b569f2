// Credentials of a role that the application assumes, in its own account or in the database's.
const { fromTemporaryCredentials } = require('@aws-sdk/credential-providers');
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
    credentials: fromTemporaryCredentials({
      params: {
        RoleArn: process.env.DB_ROLE_ARN, // arn:aws:iam::210987654321:role/app-database
        RoleSessionName: 'app', // shown in CloudTrail
      },
      clientConfig: { region: 'ap-northeast-1' }, // the nearest STS
    }),
  });

  const [row] = await sequelize.query('SELECT CURRENT_USER() AS user', { type: QueryTypes.SELECT });
  console.log(`Logged in as ${row.user}`);
  await sequelize.close();
}

main();
