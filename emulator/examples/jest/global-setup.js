const { startEmulator } = require('rds-iam-emulator');

module.exports = async () => {
  const emulator = await startEmulator({
    backend: process.env.BACKEND_URL, // mysql://root:password@127.0.0.1:3306/app
    users: ['app_user'],
    limit: 20,
  });
  Object.assign(process.env, emulator.env);
  globalThis.emulator = emulator;
};
