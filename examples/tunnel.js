// Logs in through a tunnel. Sequelize connects to this machine; the token and the certificate are the cluster's.
// ssh -N -L 3307:mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com:3306 bastion.example.com
const { QueryTypes, Sequelize } = require('sequelize');
const { addIamAuth } = require('sequelize-rds-iam');

async function main() {
  const sequelize = new Sequelize({
    dialect: 'mysql',
    host: '127.0.0.1',
    port: process.env.TUNNEL_PORT ?? 3307,
    username: process.env.DB_USER, // the database user that the IAM policy names
    database: process.env.DB_NAME,
    logging: false,
  });

  addIamAuth(sequelize, {
    endpoint: { hostname: process.env.DB_HOST }, // mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com
  });

  const [row] = await sequelize.query('SELECT CURRENT_USER() AS user', { type: QueryTypes.SELECT });
  console.log(`Logged in as ${row.user}`);
  await sequelize.close();
}

main();
