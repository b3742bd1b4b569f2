import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import EMULATOR_ROOMS from './emulator/src/rooms.json' with { type: 'json' };
import ROOMS from './src/rooms.json' with { type: 'json' };

const foreign = [
  {
    regex: '^(sequelize|@sequelize|mysql2|mariadb|pg|ioredis|redis)(/|$)',
    message: 'Sequelize, the drivers and Redis clients are structural types here, never imports.',
  },
  {
    group: ['@aws-sdk/*', '@smithy/*'],
    allowTypeImports: true,
    message: 'Only the room token talks to the AWS SDK.',
  },
];

const restricted = (files, patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

/** How files of another room name this one. */
const specifier = (room, isRootFile) =>
  `^${isRootFile ? '\\./' : '(\\.\\./)+'}${room.endsWith('.ts') ? `${room.slice(0, -3)}$` : `${room}/`}`;

/** Imports only go down: neither to the rooms above a file's own, nor to those beside it. */
const roomRules = (folder, rooms, foreignOf) => [
  restricted(
    [`${folder}/**/*.ts`],
    [{ regex: '', message: `This file is in none of the rooms of ${folder}/rooms.json.` }],
  ),
  ...rooms.flatMap((row, index) =>
    row.map((room) => {
      const isRootFile = room.endsWith('.ts');
      const barred = rooms
        .slice(0, index + 1)
        .flat()
        .filter((other) => other !== room);
      return restricted(
        [isRootFile ? `${folder}/${room}` : `${folder}/${room}/**/*.ts`],
        [
          ...barred.map((other) => ({
            regex: specifier(other, isRootFile),
            message: `Imports only go down (${folder}/rooms.json).`,
          })),
          ...foreignOf(room),
        ],
      );
    }),
  ),
];

export default tseslint.config(
  { ignores: ['api/', 'dist/', 'emulator/dist/', 'coverage/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
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
  { files: ['{src,emulator/src}/**/*.ts'], rules: { 'max-lines': ['error', { max: 200 }] } },
  ...roomRules('src', ROOMS, (room) => (room === 'token' ? [foreign[0]] : foreign)),
  ...roomRules('emulator/src', EMULATOR_ROOMS, () => [
    {
      group: ['sequelize-rds-iam', '@aws-sdk/*', '@smithy/*'],
      message: 'What verifies tokens shares no code with what signs them.',
    },
  ]),
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
  {
    files: ['emulator/examples/jest/*.test.js'],
    languageOptions: {
      globals: { test: 'readonly', expect: 'readonly', afterAll: 'readonly' },
    },
  },
);
