// Adds IAM authentication to an existing Sequelize instance (TypeScript).
import { QueryTypes, Sequelize } from 'sequelize';
import { addIamAuth } from 'sequelize-rds-iam';

const { DB_HOST = '', DB_PORT = '3306', DB_USER = '', DB_NAME = '' } = process.env;

async function main(): Promise<void> {
  const sequelize = new Sequelize(DB_NAME, DB_USER, undefined, {
    dialect: 'mysql',
    host: DB_HOST, // mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com
    port: Number(DB_PORT),
    logging: false,
  });

  addIamAuth(sequelize);

  const [row] = await sequelize.query<{ user: string }>('SELECT CURRENT_USER() AS user', {
    type: QueryTypes.SELECT,
  });
  console.log(`Logged in as ${row?.user ?? 'nobody'}`);
  await sequelize.close();
}

void main();
