import { database, main } from '../app';
import type { Application, Files, Project } from '../consumer';

const SIX = { sequelize: '^6', mysql2: '^3' };

/** Sequelize asks for it where it is not needed, so that all who bundle Sequelize leave it out. */
const LEFT_OUT = 'pg-hstore';

/** Lies beside the bundle, and says so if it is registered in place of the bundle's own Sequelize. */
const DECOY = [
  'mkdir -p $OUT/node_modules/sequelize',
  'cp decoy/index.js decoy/package.json $OUT/node_modules/sequelize',
];

const source = (way: 'addIamAuth' | 'register', syntax: 'cjs' | 'esm'): Files => ({
  [`${way}/database.js`]: database({ syntax, way, isBundled: true }),
  [`${way}/main.js`]: main(syntax, './database.js'),
  [`${way}/package.json`]: { type: syntax === 'esm' ? 'module' : 'commonjs' },
});
const sources = (syntax: 'cjs' | 'esm'): Files => ({
  ...source('addIamAuth', syntax),
  ...source('register', syntax),
});

const decoy: Files = {
  'decoy/package.json': { name: 'sequelize', version: '6.37.8', main: 'index.js' },
  'decoy/index.js': `exports.Sequelize = class Sequelize {
    static addHook() { console.log('The decoy was registered'); process.exit(3); }
    static removeHook() {}
  };`,
};

interface Bundling {
  readonly name: string;
  /** Bundles one of the two folders into `$OUT`. */
  readonly build: (folder: string) => string;
  readonly bundle?: string;
}

/** Each bundle runs where there are no node_modules; the one with `register` then also beside a decoy. */
function applications({ name, build, bundle = 'main.js' }: Bundling): Application[] {
  const run = `( cd $OUT; node ${bundle} )`;
  return [
    { name: `${name}, addIamAuth`, run: [build('addIamAuth'), run] },
    {
      name: `${name}, register, also beside another sequelize`,
      run: [build('register'), run, ...DECOY, run],
      visits: 2,
    },
  ];
}

/** What users of esbuild write for dependencies that call require(), and for those that ask for their folder. */
const REQUIRE_BANNER = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;
const DIRNAME_BANNER = `const __filename = require('node:url').fileURLToPath(import.meta.url); const __dirname = require('node:path').dirname(__filename);`;

const esbuild = (folder: string, options: string) =>
  `esbuild ${folder}/main.js --bundle --platform=node --external:${LEFT_OUT} --log-level=error ${options}`;

const rolldownConfig = `export default {
  input: process.env.WAY + '/main.js',
  platform: 'node',
  external: ['${LEFT_OUT}'],
  logLevel: 'silent',
  output: { dir: process.env.OUT, entryFileNames: 'main.' + process.env.EXTENSION },
};`;

const rollupConfig = `
  import commonjs from '@rollup/plugin-commonjs';
  import json from '@rollup/plugin-json';
  import { nodeResolve } from '@rollup/plugin-node-resolve';
  export default {
    input: process.env.WAY + '/main.js',
    external: ['${LEFT_OUT}'],
    plugins: [nodeResolve({ preferBuiltins: true }), commonjs({ ignore: ['${LEFT_OUT}'] }), json()],
    onwarn: () => {},
    output: { dir: process.env.OUT, format: 'cjs', entryFileNames: 'main.cjs' },
  };`;

export const bundlers: Project[] = [
  {
    name: 'esbuild',
    packages: { esbuild: '^0.28', ...SIX },
    files: { ...sources('cjs'), ...decoy },
    applications: [
      ...applications({
        name: 'cjs',
        build: (folder) => esbuild(folder, '--outfile=$OUT/main.js'),
      }),
      {
        name: 'cjs minified, register',
        run: [esbuild('register', '--minify --outfile=$OUT/main.js'), 'cd $OUT && node main.js'],
      },
    ],
  },
  {
    name: 'esbuild',
    packages: { esbuild: '^0.28', ...SIX },
    files: { ...sources('esm'), ...decoy },
    applications: Object.entries({
      'esm, require in the banner': REQUIRE_BANNER,
      'esm, require and __dirname in the banner': REQUIRE_BANNER + DIRNAME_BANNER,
    }).flatMap(([name, banner]) =>
      applications({
        name,
        build: (folder) =>
          esbuild(folder, `--format=esm --outfile=$OUT/main.mjs --banner:js="${banner}"`),
        bundle: 'main.mjs',
      }),
    ),
  },
  {
    name: 'webpack',
    packages: { webpack: '^5', 'webpack-cli': '^7', ...SIX },
    files: {
      ...sources('cjs'),
      ...decoy,
      'webpack.config.js': `module.exports = {
        target: 'node',
        mode: 'production',
        stats: 'errors-only',
        externals: { '${LEFT_OUT}': 'commonjs ${LEFT_OUT}' },
        output: { path: process.env.OUT, filename: 'main.js' },
      };`,
    },
    applications: applications({
      name: 'target node',
      build: (folder) => `webpack --entry ./${folder}/main.js`,
    }),
  },
  {
    name: 'rolldown',
    packages: { rolldown: '^1', ...SIX },
    files: { ...sources('cjs'), ...decoy, 'rolldown.config.mjs': rolldownConfig },
    applications: Object.entries({ cjs: 'cjs', esm: 'mjs' }).flatMap(([format, extension]) =>
      applications({
        name: format,
        build: (folder) => `WAY=${folder} EXTENSION=${extension} rolldown -c --format ${format}`,
        bundle: `main.${extension}`,
      }),
    ),
  },
  {
    name: 'Rollup',
    packages: {
      rollup: '^4',
      '@rollup/plugin-commonjs': '^29',
      '@rollup/plugin-json': '^6',
      '@rollup/plugin-node-resolve': '^16',
      ...SIX,
    },
    files: { ...sources('esm'), ...decoy, 'rollup.config.mjs': rollupConfig },
    applications: applications({
      name: 'cjs',
      build: (folder) => `WAY=${folder} rollup -c --silent`,
      bundle: 'main.cjs',
    }),
  },
];
