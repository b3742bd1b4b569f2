// npx rds-iam-emulator --backend mysql://root:password@127.0.0.1:3306/app --user app_user -- npx sequelize-cli db:migrate
module.exports = {
  development: {
    dialect: 'mysql',
    host: process.env.DB_HOST,
    username: process.env.DB_USER,
    database: process.env.DB_NAME,
    iamAuth: true,
  },
};
