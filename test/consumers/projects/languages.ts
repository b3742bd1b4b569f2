import { database, main } from '../app';
import type { Project } from '../consumer';

const SIX = { sequelize: '^6', mysql2: '^3' };
const TYPES = { '@types/node': '^20' };

const sources = {
  'database.ts': database({ syntax: 'esm', way: 'withIamAuth' }),
  'main.ts': main('esm', './database'),
};

/** TypeScript 6 calls node10 resolution deprecated, and wants to hear that this is known. */
const typescript = (major: string, deprecations: object): Project => ({
  name: 'TypeScript',
  packages: { typescript: major, ...TYPES, ...SIX },
  files: {
    'commonjs/tsconfig.json': {
      compilerOptions: {
        module: 'commonjs',
        moduleResolution: 'node10',
        ...deprecations,
        target: 'es2022',
        types: ['node'],
        esModuleInterop: true,
        strict: true,
        skipLibCheck: true,
      },
    },
    'commonjs/database.ts': sources['database.ts'],
    'commonjs/main.ts': sources['main.ts'],
    ...nodeNext,
  },
  applications: [
    {
      name: `${major} tsc, module commonjs, node10 resolution`,
      run: ['tsc -p commonjs', 'node commonjs/main.js'],
    },
    nodeNextApplication(major),
  ],
});

const nodeNext = {
  'nodenext/package.json': { type: 'module' },
  'nodenext/tsconfig.json': {
    compilerOptions: {
      module: 'nodenext',
      target: 'es2022',
      types: ['node'],
      strict: true,
      skipLibCheck: true,
    },
  },
  'nodenext/database.ts': sources['database.ts'],
  'nodenext/main.ts': main('esm', './database.js'),
};

const nodeNextApplication = (major: string) => ({
  name: `${major} tsc, nodenext, ES modules`,
  run: ['tsc -p nodenext', 'node nodenext/main.js'],
});

export const languages: Project[] = [
  typescript('^5', {}),
  typescript('^6', { ignoreDeprecations: '6.0' }),
  {
    name: 'TypeScript',
    packages: { typescript: '^7', ...TYPES, ...SIX },
    files: nodeNext,
    applications: [nodeNextApplication('^7')],
  },
  {
    name: 'tsx',
    packages: { tsx: '^4', ...SIX },
    files: {
      ...sources,
      'esm/package.json': { type: 'module' },
      'esm/database.ts': sources['database.ts'],
      'esm/main.ts': main('esm', './database'),
    },
    applications: [
      { name: 'CommonJS', run: ['tsx main.ts'] },
      { name: 'ES modules', run: ['tsx esm/main.ts'] },
    ],
  },
  {
    name: 'ts-node',
    packages: { 'ts-node': '^10', typescript: '^5', ...TYPES, ...SIX },
    files: {
      ...sources,
      'tsconfig.json': { compilerOptions: { module: 'commonjs', target: 'es2022', strict: true } },
    },
    applications: [{ name: 'TypeScript 5', run: ['ts-node main.ts'] }],
  },
  {
    name: 'SWC',
    packages: { '@swc-node/register': '^1', '@swc/core': '^1', typescript: '^5', ...SIX },
    files: { ...sources, 'tsconfig.json': { compilerOptions: { module: 'commonjs' } } },
    applications: [
      { name: '@swc-node/register', run: ['node --require @swc-node/register main.ts'] },
    ],
  },
];
