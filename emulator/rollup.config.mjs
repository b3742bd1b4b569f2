/**
 * Builds dist/: CommonJS, and an ES module beside each entry that passes on the CommonJS one's names, so that there is one copy of its
 * state; and the programs, which are no modules of anyone.
 */
import { chmodSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { dts } from 'rollup-plugin-dts';
import esbuild from 'rollup-plugin-esbuild';
import manifest from './package.json' with { type: 'json' };

const MODULES = ['index', 'resolve'];
const PROGRAMS = ['cli', 'backend-process'];
const sources = (names) => Object.fromEntries(names.map((name) => [name, `src/${name}.ts`]));
const external = [
  /^node:/,
  ...builtinModules,
  ...Object.keys(manifest.dependencies).map((name) => new RegExp(`^${name}(/|$)`)),
];

const esmEntries = {
  name: 'esm-entries',
  generateBundle(_options, bundle) {
    for (const name of MODULES) {
      const { exports } = bundle[`${name}.js`];
      const names = exports.length === 0 ? '' : `{ ${exports.join(', ')} } from `;
      const source = names === '' ? `import './${name}.js';\n` : `export ${names}'./${name}.js';\n`;
      const types = names === '' ? 'export {};\n' : `export * from './${name}.js';\n`;
      this.emitFile({ type: 'asset', fileName: `${name}.mjs`, source });
      this.emitFile({ type: 'asset', fileName: `${name}.d.mts`, source: types });
    }
  },
  writeBundle: ({ dir }) => chmodSync(`${dir}/cli.js`, 0o755),
};

// What an earlier build left would be packed too.
rmSync(join(import.meta.dirname, 'dist'), { recursive: true, force: true });

export default [
  {
    input: sources([...MODULES, ...PROGRAMS]),
    external,
    plugins: [esbuild({ target: 'node20' }), esmEntries],
    output: {
      dir: 'dist',
      format: 'cjs',
      exports: 'named',
      chunkFileNames: '[name].js',
      dynamicImportInCjs: false,
      sourcemap: true,
    },
  },
  {
    input: sources(MODULES),
    external,
    plugins: [dts()],
    output: { dir: 'dist', chunkFileNames: '[name].d.ts' },
  },
];
