/** Builds dist/: CommonJS, and an ES module beside it that passes on the CommonJS one's names, so that there is one copy of its state. */
import { rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { dts } from 'rollup-plugin-dts';
import esbuild from 'rollup-plugin-esbuild';
import manifest from './package.json' with { type: 'json' };

const input = { index: 'src/index.ts' };
const external = [/^node:/, ...builtinModules, ...Object.keys(manifest.dependencies)];

const esmEntries = {
  name: 'esm-entries',
  generateBundle(_options, bundle) {
    const { exports } = bundle['index.js'];
    const source = `export { ${exports.join(', ')} } from './index.js';\n`;
    this.emitFile({ type: 'asset', fileName: 'index.mjs', source });
    this.emitFile({
      type: 'asset',
      fileName: 'index.d.mts',
      source: `export * from './index.js';\n`,
    });
  },
};

// What an earlier build left would be packed too.
rmSync(join(import.meta.dirname, 'dist'), { recursive: true, force: true });

export default [
  {
    input,
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
  { input, external, plugins: [dts()], output: { dir: 'dist', chunkFileNames: '[name].d.ts' } },
];
