// npx rds-iam-emulator --backend mysql://root:password@127.0.0.1:3306/app --user app_user -- node app.js
const { Sequelize } = require('sequelize');
const { withIamAuth } = require('sequelize-rds-iam');

const sequelize = new Sequelize(
  withIamAuth({
    dialect: 'mysql',
    host: process.env.DB_HOST,
    username: process.env.DB_USER,
    database: process.env.DB_NAME,
    logging: false,
    iamAuth: true,
  }),
);

sequelize.query('SELECT CURRENT_USER() AS user', { plain: true }).then(({ user }) => {
  console.log(`Logged in as ${user}`);
  return sequelize.close();
});
