// Logs to the console, pino or winston, as they are: LOGGER says to which.
const { pino } = require('pino');
const { QueryTypes, Sequelize } = require('sequelize');
const { addIamAuth } = require('sequelize-rds-iam');
const winston = require('winston');

const loggers = {
  console,
  pino: pino({ level: 'debug' }),
  winston: winston.createLogger({ level: 'debug', transports: [new winston.transports.Console()] }),
};

async function main() {
  const sequelize = new Sequelize({
    dialect: 'mysql',
    host: process.env.DB_HOST, // mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com
    port: process.env.DB_PORT ?? 3306,
    username: process.env.DB_USER, // the database user that the IAM policy names
    database: process.env.DB_NAME,
    logging: false,
  });
  addIamAuth(sequelize, { logger: loggers[process.env.LOGGER ?? 'console'] });

  const [row] = await sequelize.query('SELECT CURRENT_USER() AS user', { type: QueryTypes.SELECT });
  console.log(`Logged in as ${row.user}`);
  await sequelize.close();
}

main();
