// Class models of sequelize-typescript, with IAM authentication turned on by a flag.
import { withIamAuth } from 'sequelize-rds-iam';
import { Sequelize } from 'sequelize-typescript';
import { Person } from './person';

const { DB_HOST = '', DB_PORT = '3306', DB_USER = '', DB_NAME = '' } = process.env;

async function main(): Promise<void> {
  const sequelize = new Sequelize(
    withIamAuth({
      dialect: 'mysql',
      host: DB_HOST, // mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com
      port: Number(DB_PORT),
      username: DB_USER, // the database user that the IAM policy names
      database: DB_NAME,
      models: [Person],
      logging: false,
      iamAuth: true,
    }),
  );

  await sequelize.sync();
  await Person.create({ name: 'Ada' });
  const people = await Person.findAll();
  console.log(`People: ${people.map((person) => person.name).join(', ')}`);
  await sequelize.close();
}

void main();
