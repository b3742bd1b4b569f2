import { database, main } from '../app';
import type { Files, Project } from '../consumer';

const SIX = { sequelize: '^6', mysql2: '^3' };

const both: Files = {
  'database.js': database({ way: 'register' }),
  'main.js': main('cjs', './database'),
  'database.mjs': database({ syntax: 'esm', way: 'addIamAuth' }),
  'main.mjs': main('esm', './database.mjs'),
};

/** A workspace whose member `app` is the application. */
const workspace = (members: Readonly<Record<string, object>>): Files => ({
  'package.json': { name: 'workspace', private: true, workspaces: Object.keys(members) },
  ...Object.fromEntries(
    Object.entries(members).map(([name, dependencies]) => [
      `${name}/package.json`,
      { name, version: '1.0.0', dependencies },
    ]),
  ),
  'app/database.js': database({ way: 'register' }),
  'app/main.js': main('cjs', './database'),
  'app/database.mjs': database({ syntax: 'esm', way: 'register' }),
  'app/main.mjs': main('esm', './database.mjs'),
});

const OURS = { 'sequelize-rds-iam': 'file:../sequelize-rds-iam.tgz' };

const fromEverywhere = (precondition: string) =>
  Object.entries({
    'started in its own folder': 'cd app; node main.js',
    'started at the root': 'node app/main.js',
    'ES modules, started in its own folder': 'cd app; node main.mjs',
    'ES modules, started at the root': 'node app/main.mjs',
  }).map(([name, command]) => ({ name, run: [precondition, command] }));

export const layouts: Project[] = [
  {
    name: 'npm',
    packages: SIX,
    files: both,
    applications: [
      { name: 'CommonJS, register', run: ['node main.js'] },
      { name: 'ES modules, addIamAuth', run: ['node main.mjs'] },
      { name: '--require register', run: ['node --require sequelize-rds-iam/register main.js'] },
    ],
  },
  {
    name: 'pnpm',
    manager: 'pnpm',
    packages: SIX,
    files: both,
    applications: [
      { name: 'CommonJS, register', run: ['node main.js'] },
      { name: 'ES modules, addIamAuth', run: ['node main.mjs'] },
    ],
  },
  {
    name: "Yarn Plug'n'Play",
    manager: 'yarn',
    packages: SIX,
    files: {
      ...both,
      'yarn.lock': '',
      '.yarnrc.yml': 'nodeLinker: pnp\npnpEnableEsmLoader: false\nenableTelemetry: false\n',
    },
    applications: [{ name: 'CommonJS, register', run: ['yarn node main.js'] }],
  },
  {
    name: 'npm workspace, sequelize hoisted',
    packages: {},
    files: workspace({ app: { ...OURS, ...SIX } }),
    applications: fromEverywhere('test ! -e app/node_modules/sequelize'),
  },
  {
    name: 'npm workspace, two versions of sequelize',
    packages: {},
    files: workspace({
      admin: { sequelize: '~6.35.0', mysql2: '^3' },
      app: { ...OURS, sequelize: '~6.37.0', mysql2: '^3' },
    }),
    applications: fromEverywhere('test -e app/node_modules/sequelize'),
  },
];
