import { database, main } from '../app';
import type { Application, Project } from '../consumer';

const DRIVERS = { mysql2: '^3', pg: '^8' };
const SIX = { sequelize: '^6', ...DRIVERS };
/** Binaries that come inside an npm package. */
const NODE = `npm:node-${process.platform}-${process.arch}`;

const nodes: Project = {
  name: 'Node',
  packages: {
    node20: `${NODE}@20`,
    node22: `${NODE}@22`,
    node24: `${NODE}@24`,
    node26: `${NODE}@26`,
    ...SIX,
  },
  files: {
    'database.js': database({ way: 'register' }),
    'main.js': main('cjs', './database'),
    'database.mjs': database({ syntax: 'esm' }),
    'main.mjs': main('esm', './database.mjs'),
    'postgres.js': database({ engine: 'postgres', way: 'withIamAuth' }),
    'main-postgres.js': main('cjs', './postgres'),
  },
  applications: ['node20', 'node22', 'node24', 'node26'].flatMap((name): Application[] => {
    const node = `node_modules/${name}/bin/node`;
    return [
      {
        name: `${name}, CommonJS and ES modules`,
        run: [`${node} main.js`, `${node} main.mjs`],
        visits: 2,
      },
      { name: `${name}, postgres`, engine: 'postgres', run: [`${node} main-postgres.js`] },
    ];
  }),
};

/** Nothing can be loaded first that resolves names, so these go by the `endpoint` option, as through a tunnel. */
const tunnelled: Project['files'] = Object.fromEntries(
  (['mysql', 'postgres'] as const).flatMap((engine) => [
    [`${engine}.mjs`, database({ syntax: 'esm', engine, isTunnel: true })],
    [`main-${engine}.mjs`, main('esm', `./${engine}.mjs`)],
  ]),
);

/** They implement TLS by themselves, so that whom they send a token to is worth a look. */
const otherRuntime = (name: string, version: string, command: string): Project => ({
  name,
  packages: { [name.toLowerCase()]: version, ...SIX },
  files: tunnelled,
  applications: (['mysql', 'postgres'] as const).flatMap((engine): Application[] => {
    const run = `${command} main-${engine}.mjs`;
    return [
      { name: engine, engine, run: [run] },
      {
        name: `${engine}, to a server of another root`,
        engine,
        run: [`DB_CA="$OTHER_CA" ${run}`],
        fails: /certificate/i,
      },
      {
        name: `${engine}, to a server of another name`,
        engine,
        run: [`DB_HOST="$OTHER_HOST" ${run}`],
        fails: /certificate|altname/i,
      },
    ];
  }),
});

export const runtimes: Project[] = [
  nodes,
  otherRuntime('Bun', '^1', 'bun'),
  otherRuntime('Deno', '^2', 'deno run --allow-all'),
];
