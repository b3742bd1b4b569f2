/**
 * Builds dist/: CommonJS in a few files with shared chunks, so that the package loads fast, and an ES module beside each entry that
 * passes on the CommonJS one's names, so that there is one copy of its state however it is loaded.
 */
import { chmodSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, join } from 'node:path';
import { dts } from 'rollup-plugin-dts';
import esbuild from 'rollup-plugin-esbuild';
import manifest from './package.json' with { type: 'json' };

const input = Object.fromEntries(
  ['index', 'register', 'redis', 'doctor', 'otel', 'cli'].map((name) => [name, `src/${name}.ts`]),
);
const external = [
  /^node:/,
  ...builtinModules,
  ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
];

const index = join(import.meta.dirname, 'src/index.ts');
const needed = new Set();

/** One chunk of all that the main entry needs, which the other entries share. */
function core(id, { getModuleInfo }) {
  if (needed.size === 0) {
    needed.add(index);
    for (const each of needed) {
      for (const next of getModuleInfo(each)?.importedIds ?? []) needed.add(next);
    }
  }
  return id !== index && needed.has(id) ? 'core' : undefined;
}

/** The configuration file that the doctor reads is the user's, and may be an ES module: the one `import()` that is left as it is. */
const keepImportOfConfig = {
  name: 'keep-import-of-config',
  renderDynamicImport: ({ moduleId }) =>
    basename(moduleId) === 'load-config.ts' ? { left: 'import(', right: ')' } : null,
};

const esmEntries = {
  name: 'esm-entries',
  generateBundle(_options, bundle) {
    for (const { isEntry, name, exports } of Object.values(bundle)) {
      if (!isEntry || name === 'cli') continue;
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
    input,
    external,
    plugins: [esbuild({ target: 'node20' }), keepImportOfConfig, esmEntries],
    output: {
      dir: 'dist',
      format: 'cjs',
      exports: 'named',
      chunkFileNames: ({ name }) => (name === 'doctor' ? 'examination.js' : '[name].js'),
      hoistTransitiveImports: false,
      manualChunks: core,
      // A host of CommonJS alone, such as Jest or Yarn Plug'n'Play, can run no `import()`.
      dynamicImportInCjs: false,
      sourcemap: true,
    },
  },
  {
    input: Object.fromEntries(Object.entries(input).filter(([name]) => name !== 'cli')),
    external,
    plugins: [dts()],
    output: { dir: 'dist', chunkFileNames: '[name].d.ts' },
  },
];
