// Runs migrations from code with umzug, on an instance that logs in with IAM.
const { Sequelize } = require('sequelize');
const { withIamAuth } = require('sequelize-rds-iam');
const { SequelizeStorage, Umzug } = require('umzug');

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
  const umzug = new Umzug({
    migrations: { glob: ['migrations/*.js', { cwd: __dirname }] },
    context: sequelize.getQueryInterface(),
    storage: new SequelizeStorage({ sequelize }),
    logger: undefined,
  });

  const migrations = process.argv[2] === 'down' ? await umzug.down() : await umzug.up();
  for (const { name } of migrations) console.log(name);
  await sequelize.close();
}

main();
