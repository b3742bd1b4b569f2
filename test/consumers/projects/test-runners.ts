import { database, spec } from '../app';
import type { Project } from '../consumer';

const SIX = { sequelize: '^6', mysql2: '^3' };

export const testRunners: Project[] = [
  {
    name: 'Jest',
    packages: { jest: '^30', ...SIX },
    files: {
      'database.js': database(),
      'visit.test.js': spec('cjs', './database'),
      'esm/package.json': { type: 'module', jest: {} },
      'esm/database.js': database({ syntax: 'esm' }),
      'esm/visit.spec.js': spec('esm', './database.js'),
    },
    applications: [
      { name: 'CommonJS, no configuration', run: ['jest visit.test.js'] },
      {
        // As Jest's own page on ES modules says.
        name: 'ES modules, --experimental-vm-modules',
        run: ['cd esm', 'NODE_OPTIONS="$NODE_OPTIONS --experimental-vm-modules" jest'],
      },
    ],
  },
  {
    name: 'Jest',
    packages: {
      jest: '^30',
      'ts-jest': '^29',
      typescript: '^5',
      '@types/jest': '^30',
      '@types/node': '^20',
      ...SIX,
    },
    files: {
      'jest.config.js': `module.exports = { ...require('ts-jest').createDefaultPreset() };`,
      'tsconfig.json': { compilerOptions: { strict: true, esModuleInterop: true } },
      'database.ts': database({ syntax: 'esm', way: 'withIamAuth' }),
      'visit.test.ts': spec('esm', './database'),
    },
    applications: [{ name: 'ts-jest', run: ['jest'] }],
  },
  {
    name: 'Vitest',
    packages: { vitest: '^4', ...SIX },
    files: {
      'database.mjs': database({ syntax: 'esm' }),
      'visit.test.mjs': spec('esm', './database.mjs', 'vitest'),
    },
    applications: [{ name: 'no configuration', run: ['vitest run'] }],
  },
  {
    name: 'Mocha',
    packages: { mocha: '^12', ...SIX },
    files: {
      'database.js': database(),
      'test/visit.js': `const assert = require('node:assert');
        const { visit } = require('../database');
        it('visits', async () => assert.strictEqual(await visit(), 1));`,
    },
    applications: [{ name: 'no configuration', run: ['mocha'] }],
  },
  {
    name: 'node:test',
    packages: SIX,
    files: {
      'database.js': database({ way: 'register' }),
      'visit.test.js': `const assert = require('node:assert');
        const { test } = require('node:test');
        const { visit } = require('./database');
        test('visits', async () => assert.strictEqual(await visit(), 1));`,
    },
    applications: [{ name: 'register', run: ['node --test'] }],
  },
];
