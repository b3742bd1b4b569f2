module.exports = {
  up: (queryInterface, { STRING }) =>
    queryInterface.createTable('People', { name: { type: STRING, primaryKey: true } }),
  down: (queryInterface) => queryInterface.dropTable('People'),
};
