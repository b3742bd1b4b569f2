'use strict';

/** sequelize-cli awaits this function, so it may read or fetch settings first. */
module.exports = async () => ({
  development: {
    dialect: 'mysql',
    use_env_variable: 'LOCAL_DATABASE_URL', // mysql://app:password@127.0.0.1:3306/app
  },
  production: {
    dialect: 'mysql',
    use_env_variable: 'DATABASE_URL', // mysql://app_user@mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com/app
    iamAuth: true,
  },
});
