// Turns IAM authentication on with a flag in Sequelize's options.
const { QueryTypes, Sequelize } = require('sequelize');
const { withIamAuth } = require('sequelize-rds-iam');

async function main() {
  const sequelize = new Sequelize(
    withIamAuth({
      dialect: 'mysql',
      host: process.env.DB_HOST, // mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com
      port: process.env.DB_PORT ?? 3306,
      username: process.env.DB_USER, // the database user that the IAM policy names
      database: process.env.DB_NAME,
      logging: false,
      iamAuth: true,
    }),
  );

  const [row] = await sequelize.query('SELECT CURRENT_USER() AS user', { type: QueryTypes.SELECT });
  console.log(`Logged in as ${row.user}`);
  await sequelize.close();
}

main();
