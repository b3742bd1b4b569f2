/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const shared = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
} satisfies Config;

const config: Config = {
  // The servers and the login rates are measured: two heavy suites at once on a small machine would disturb each other.
  maxWorkers: 2,
  // Servers start and connections wait for their turn.
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [
        '<rootDir>/test/integration/',
        '<rootDir>/test/package/',
        '<rootDir>/test/consumers/',
      ],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: [
        '<rootDir>/test/integration/**/*.test.ts',
        '<rootDir>/test/package/**/*.test.ts',
        '<rootDir>/test/consumers/**/*.test.ts',
      ],
      globalSetup: '<rootDir>/test/integration/global-setup.ts',
      globalTeardown: '<rootDir>/test/integration/global-teardown.ts',
    },
  ],
};

export default config;
