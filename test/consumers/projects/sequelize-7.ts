import { database, main } from '../app';
import type { Engine, Project } from '../consumer';

const MODULES = { mysql: '@sequelize/mysql', postgres: '@sequelize/postgres' } as const;

/** Sequelize asks for every dialect that can be named by text. */
const DIALECTS = [
  'db2',
  'db2-ibmi',
  'mariadb',
  'mssql',
  'mysql',
  'oracle',
  'postgres',
  'snowflake',
  'sqlite3',
];

const alpha = (engine: Engine): Project => {
  const app = { version: 7, engine } as const;
  const leftOut = DIALECTS.filter((name) => name !== engine).map((name) => `@sequelize/${name}`);
  const external = [...leftOut, 'pg-native'].map((name) => `--external:${name}`).join(' ');
  return {
    name: `Sequelize 7, ${engine}`,
    packages: {
      '@sequelize/core': '^7.0.0-alpha.48',
      [MODULES[engine]]: '^7.0.0-alpha.48',
      esbuild: '^0.28',
    },
    files: {
      'database.js': database({ ...app, way: 'register' }),
      'main.js': main('cjs', './database'),
      'database.mjs': database({ ...app, syntax: 'esm', way: 'withIamAuth' }),
      'main.mjs': main('esm', './database.mjs'),
    },
    applications: [
      { name: 'CommonJS, register', engine, run: ['node main.js'] },
      { name: 'ES modules, withIamAuth', engine, run: ['node main.mjs'] },
      {
        name: 'esbuild cjs, register',
        engine,
        run: [
          `esbuild main.js --bundle --platform=node ${external} --log-level=error --outfile=$OUT/main.js`,
          'cd $OUT',
          'node main.js',
        ],
      },
    ],
  };
};

export const sequelize7: Project[] = [alpha('mysql'), alpha('postgres')];
