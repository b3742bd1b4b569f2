module.exports = {
  globalSetup: './global-setup.js',
  globalTeardown: './global-teardown.js',
  // In each test file, the RDS name leads to the emulator, and its certificate is trusted.
  setupFiles: ['rds-iam-emulator/resolve'],
};
