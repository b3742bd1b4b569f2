/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';
import shared from '../jest.config';

/** The repository's own settings for the tests of this package alone. */
const config: Config = {
  ...shared,
  rootDir: '..',
  projects: (shared.projects ?? []).map((project) =>
    typeof project === 'string'
      ? project
      : {
          ...project,
          testMatch: [`<rootDir>/emulator/test/${String(project.displayName)}/**/*.test.ts`],
        },
  ),
};

export default config;
