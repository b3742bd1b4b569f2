// IAM authentication on RDS, a password on the developer's machine: only the environment differs.
const { QueryTypes, Sequelize } = require('sequelize');
const { withIamAuth } = require('sequelize-rds-iam');

const local = process.env.DB_PASSWORD !== undefined;

async function main() {
  const sequelize = new Sequelize(
    withIamAuth({
      dialect: 'mysql',
      host: process.env.DB_HOST, // 127.0.0.1, or mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com
      port: process.env.DB_PORT ?? 3306,
      username: process.env.DB_USER,
      database: process.env.DB_NAME,
      logging: false,
      ...(local ? { password: process.env.DB_PASSWORD } : { iamAuth: true }),
    }),
  );

  const [row] = await sequelize.query('SELECT CURRENT_USER() AS user', { type: QueryTypes.SELECT });
  console.log(`Logged in as ${row.user}`);
  await sequelize.close();
}

main();
