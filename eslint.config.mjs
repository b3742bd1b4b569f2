import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * The layers of src/, from the top. Imports only go down: a file must not import those of the layers above its own.
 * A file that is named in none belongs below them all.
 */
const LAYERS = [
  ['cli', 'cli/*'],
  ['doctor', 'doctor/*', 'doctor/checks/*', 'doctor/wire/*'],
  ['index', 'register', 'register-installed', 'redis'],
  ['with-iam-auth', 'register-iam-auth'],
  ['register-7'],
  ['attaching-dialect'],
  ['attach'],
  ['attachment'],
  ['sequelize-of', 'sequelize-6', 'sequelize-7'],
  ['before-connect', 'admission', 'observe-connect', 'attempts'],
  ['target', 'sequelize-instance'],
  [
    'token-provider',
    'dialects/*',
    'limiter/registry',
    'limiter/slot-queue',
    'limiter/gate',
    'limiter/redis-*',
  ],
];

const foreign = [
  {
    regex: '^(sequelize|@sequelize|mysql2|mariadb|pg|ioredis|redis)(/|$)',
    message: 'Sequelize, the drivers and Redis clients are structural types here, never imports.',
  },
  {
    group: ['@aws-sdk/*', '@smithy/*'],
    allowTypeImports: true,
    message: 'Only token-provider talks to the AWS SDK.',
  },
];

/** How imports end that name a module, from its own folder or from another; a folder's own name stands for all that is in it. */
const specifiers = (name) =>
  name.endsWith('/*')
    ? [`**/${name}`, `**/${name.slice(0, -2)}`]
    : [`**/${name}`, `**/${name.split('/').at(-1)}`];

const imports = (files, layersAbove, allowed = []) => {
  const above = [...new Set(layersAbove.flat().flatMap(specifiers))];
  const down = { group: above, message: 'Imports only go down (ARCHITECTURE.md).' };
  const patterns = foreign.filter((pattern) => !allowed.includes(pattern));
  if (above.length > 0) patterns.unshift(down);
  return { files, rules: { 'no-restricted-imports': ['error', { patterns }] } };
};

const layers = [
  imports(['src/**/*.ts'], LAYERS),
  ...LAYERS.map((names, index) =>
    imports(
      names.map((name) => `src/${name}.ts`),
      LAYERS.slice(0, index),
    ),
  ).reverse(),
  imports(['src/token-provider.ts'], LAYERS.slice(0, -1), [foreign[1]]),
];

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    // Projects of their own, which the tests compile as their users would: against the built package, which need not exist yet.
    files: ['examples/{nestjs,sequelize-typescript}/*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    // NestJS's modules are empty classes.
    rules: { '@typescript-eslint/no-extraneous-class': 'off' },
  },
  { files: ['src/**/*.ts'], rules: { 'max-lines': ['error', { max: 200 }] } },
  ...layers,
  {
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        require: 'readonly',
        module: 'writable',
        __dirname: 'readonly',
        __filename: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
);
