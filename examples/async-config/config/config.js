'use strict';

const { readFile } = require('node:fs/promises');

/** sequelize-cli waits for what it returns, so settings may be read or fetched here. */
module.exports = async () => {
  const { DB_CA_FILE } = process.env; // a bundle of AWS's trust store, where the roots of the package do not do
  const ca = DB_CA_FILE === undefined ? undefined : await readFile(DB_CA_FILE, 'utf8');
  return {
    development: {
      dialect: 'mysql',
      use_env_variable: 'LOCAL_DATABASE_URL', // mysql://app:password@127.0.0.1:3306/app
    },
    production: {
      dialect: 'mysql',
      use_env_variable: 'DATABASE_URL', // mysql://app_user@mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com/app
      iamAuth: { tls: { ca } },
    },
  };
};
