import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: './global-setup.mjs',
    // In each test file, the RDS name leads to the emulator, and its certificate is trusted.
    setupFiles: ['rds-iam-emulator/resolve'],
  },
});
