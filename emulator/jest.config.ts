/** @jest-config-loader esbuild-register */
import { join } from 'node:path';
import type { Config } from 'jest';
import shared from '../jest.config';

const ROOT = join(__dirname, '..');

/** The repository's own settings for the tests of this package alone. */
const config: Config = {
  ...shared,
  rootDir: ROOT,
  projects: (shared.projects ?? []).map((project) =>
    typeof project === 'string'
      ? project
      : {
          ...project,
          rootDir: ROOT,
          testMatch: [`<rootDir>/emulator/test/${String(project.displayName)}/**/*.test.ts`],
        },
  ),
};

export default config;
