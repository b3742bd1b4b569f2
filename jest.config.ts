/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const shared = {
  testEnvironment: 'node',
  setupFiles: ['<rootDir>/test/harness/keep-channels.cjs'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
  },
} satisfies Config;

/** The source, which needs no build. */
const withSources = {
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  moduleNameMapper: { '^rds-iam-emulator$': '<rootDir>/emulator/src/index.ts' },
} satisfies Config;

/** Tests that need servers, and that use the built package wherever an application would. */
const INTEGRATION = [
  '<rootDir>/test/integration/**/*.test.ts',
  '<rootDir>/emulator/test/integration/**/*.test.ts',
  '<rootDir>/test/package/**/*.test.ts',
  '<rootDir>/test/consumers/**/*.test.ts',
  '<rootDir>/test/**/*.server.test.ts',
];

const config: Config = {
  // Most suites wait for servers more than they compute, so three keep two cores busy. More would disturb the rates that are measured.
  maxWorkers: 3,
  // Each suite leaves some of its modules in the process, which then collects garbage more than it tests.
  workerIdleMemoryLimit: '800MB',
  // Servers start and connections wait for their turn.
  testTimeout: 60_000,
  testSequencer: '<rootDir>/test/harness/longest-first.cjs',
  reporters: ['default', '<rootDir>/test/harness/suite-times.cjs'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/test/{unit,witness}/**/*.test.ts',
        '<rootDir>/emulator/test/unit/**/*.test.ts',
      ],
      testPathIgnorePatterns: ['\\.server\\.test\\.ts$'],
      ...withSources,
    },
    {
      ...shared,
      displayName: 'fuzz',
      testMatch: ['<rootDir>/test/fuzz/**/*.test.ts', '<rootDir>/emulator/test/fuzz/**/*.test.ts'],
      ...withSources,
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: INTEGRATION,
      setupFilesAfterEnv: ['<rootDir>/test/harness/reuse-emulator-processes.ts'],
      globalSetup: '<rootDir>/test/harness/global-setup.ts',
      globalTeardown: '<rootDir>/test/harness/global-teardown.ts',
    },
  ],
};

export default config;
