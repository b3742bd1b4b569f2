import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Imports only go down: for each layer of src/, the modules it must not import. ARCHITECTURE.md names the layers. */
const cli = ['**/cli', '**/cli/*'];
const doctor = [...cli, '**/doctor', '**/doctor/*', '**/checks/*'];
const entries = [...doctor, '**/index', '**/register', '**/redis'];
const attach = [...entries, '**/attach', '**/with-iam-auth', '**/register-iam-auth'];
const connection = [...attach, '**/before-connect', '**/observe-connect'];
const services = [
  ...connection,
  '**/token-provider',
  '**/dialects/*',
  '**/limiter/in-process',
  '**/limiter/registry',
  '**/limiter/redis-limiter',
];

const noImports = (files, group, extra = []) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          { group, message: 'Imports only go down (ARCHITECTURE.md).' },
          ...extra,
          {
            regex: '^(sequelize|@sequelize|mysql2|mariadb|pg|ioredis|redis)(/|$)',
            message:
              'Sequelize, the drivers and Redis clients are structural types here, never imports.',
          },
        ],
      },
    ],
  },
});
const noAws = [
  {
    group: ['@aws-sdk/*', '@smithy/*'],
    allowTypeImports: true,
    message: 'Only token-provider talks to the AWS SDK.',
  },
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
  noImports(
    [
      'src/errors.ts',
      'src/explain-error.ts',
      'src/explanations/*.ts',
      'src/types.ts',
      'src/diagnostics.ts',
      'src/endpoint.ts',
      'src/options.ts',
      'src/tls.ts',
      'src/pool.ts',
      'src/limiter/slot-count.ts',
      'src/limiter/back-off.ts',
      'src/limiter/contract.ts',
    ],
    services,
    noAws,
  ),
  noImports(['src/token-provider.ts'], connection),
  noImports(['src/dialects/*.ts', 'src/limiter/*.ts'], connection, noAws),
  noImports(['src/target.ts', 'src/before-connect.ts', 'src/observe-connect.ts'], attach, noAws),
  noImports(['src/attach.ts'], entries, noAws),
  noImports(['src/doctor.ts', 'src/doctor/**/*.ts'], [...cli, '**/index', '**/register'], noAws),
  noImports(['src/cli.ts', 'src/cli/*.ts'], ['**/index', '**/register'], noAws),
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
