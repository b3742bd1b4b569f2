// Registers the flag `iamAuth` with a Sequelize class, for every instance that sets it.
const { QueryTypes, Sequelize } = require('sequelize');
const { registerIamAuth } = require('sequelize-rds-iam');

registerIamAuth(Sequelize);

async function main() {
  const sequelize = new Sequelize({
    dialect: 'mysql',
    host: process.env.DB_HOST, // mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com
    port: process.env.DB_PORT ?? 3306,
    username: process.env.DB_USER, // the database user that the IAM policy names
    database: process.env.DB_NAME,
    logging: false,
    iamAuth: true,
  });

  const [row] = await sequelize.query('SELECT CURRENT_USER() AS user', { type: QueryTypes.SELECT });
  console.log(`Logged in as ${row.user}`);
  await sequelize.close();
}

main();
