import { Sequelize, type Options } from '@sequelize/core';
import { MariaDbDialect } from '@sequelize/mariadb';
import { MySqlDialect } from '@sequelize/mysql';
import { PostgresDialect } from '@sequelize/postgres';
import { expectTypeOf } from 'expect-type';
import { Sequelize as Sequelize6 } from 'sequelize';
import {
  addIamAuth,
  registerIamAuth,
  withIamAuth,
  type IamAuthOptions,
  type SequelizeClass,
} from 'sequelize-rds-iam';

const host = 'mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com';

const mysql = new Sequelize(
  withIamAuth({ dialect: MySqlDialect, host, user: 'app', iamAuth: true }),
);
expectTypeOf(mysql).toEqualTypeOf<Sequelize<MySqlDialect>>();
const mariadb = new Sequelize(
  withIamAuth({ dialect: MariaDbDialect, host, user: 'app', pool: { max: 7 }, iamAuth: {} }),
);
expectTypeOf(mariadb).toEqualTypeOf<Sequelize<MariaDbDialect>>();
const postgres = new Sequelize(
  withIamAuth({
    dialect: PostgresDialect,
    host,
    user: 'app',
    ssl: { ca: '-----BEGIN CERTIFICATE-----' },
    hooks: { beforeConnect: () => undefined },
    iamAuth: { region: 'eu-west-1' },
  }),
);
expectTypeOf(postgres).toEqualTypeOf<Sequelize<PostgresDialect>>();

declare const options: Options<MySqlDialect>;
new Sequelize(withIamAuth(options));
new Sequelize(withIamAuth({ ...options, iamAuth: process.env['LOCAL'] === undefined }));
expectTypeOf(withIamAuth({ dialect: MySqlDialect, iamAuth: true })).not.toHaveProperty('iamAuth');
// @ts-expect-error the region is a string
withIamAuth({ dialect: MySqlDialect, iamAuth: { region: 5 } });

class Own extends Sequelize<MySqlDialect> {}
expectTypeOf(registerIamAuth).toBeCallableWith(Sequelize);
expectTypeOf(registerIamAuth).toBeCallableWith(Sequelize6);
expectTypeOf(registerIamAuth).toBeCallableWith(Own);
expectTypeOf<typeof Sequelize>().toExtend<SequelizeClass>();
expectTypeOf<typeof Sequelize6>().toExtend<SequelizeClass>();
expectTypeOf<object>().not.toExtend<SequelizeClass>();

declare const six: Sequelize6;
addIamAuth(six);
addIamAuth(mysql);
addIamAuth(mariadb, {});
addIamAuth(postgres, { region: process.env['AWS_REGION'] });

// Also where the compiler tells an option that is undefined from one that is absent.
expectTypeOf<{ [Name in keyof IamAuthOptions]-?: undefined }>().toExtend<IamAuthOptions>();
