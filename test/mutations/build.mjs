/** Builds the JavaScript of dist/ in the current folder, without its declarations, which take longer and which no test of a mutation reads. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rollup } from 'rollup';

for (const folder of process.argv.slice(2)) {
  process.chdir(folder);
  const { default: configs } = await import(
    pathToFileURL(join(process.cwd(), 'rollup.config.mjs')).href
  );
  const [config] = [configs].flat();
  const bundle = await rollup({ ...config, logLevel: 'silent' });
  await bundle.write(config.output);
  await bundle.close();
}
