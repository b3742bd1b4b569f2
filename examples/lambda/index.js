// An AWS Lambda function. The instance is at module level, so all invocations of an execution environment share its connection.
const { QueryTypes, Sequelize } = require('sequelize');
const { withIamAuth } = require('sequelize-rds-iam');

const sequelize = new Sequelize(
  withIamAuth({
    dialect: 'mysql',
    host: process.env.DB_HOST, // mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com
    port: process.env.DB_PORT ?? 3306,
    username: process.env.DB_USER, // the database user that the IAM policy names
    database: process.env.DB_NAME,
    databaseVersion: '8.0.36', // otherwise Sequelize logs in once more to ask for it
    logging: false,
    pool: {
      max: 1, // an execution environment serves one invocation at a time
      acquire: 25_000, // less than the function's timeout, so that a query can report why it failed
    },
    // The function's reserved concurrency: each execution environment is a process of its own, and they share the limit.
    iamAuth: { limiter: { processes: 10 } },
  }),
);

module.exports.handler = async () => {
  // Finds and replaces a connection that was closed during a freeze.
  await sequelize.authenticate({
    retry: { max: 2, match: [/Connection lost/, /ended by the other party/, /ECONNRESET/] },
  });
  const [row] = await sequelize.query('SELECT CURRENT_USER() AS user', { type: QueryTypes.SELECT });
  return `Logged in as ${row.user}`;
};
