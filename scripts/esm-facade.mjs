/**
 * Writes an ES module beside each CommonJS entry: it imports that one and names its exports, so that there is one copy of the
 * package's state however it is loaded.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const dist = fileURLToPath(new URL('../dist/', import.meta.url));

for (const entry of ['index', 'register', 'redis', 'doctor']) {
  // register acts when it is loaded; it has no names to copy.
  const names = entry === 'register' ? [] : Object.keys(require(`${dist}${entry}.js`));
  const lines = names.map((name) => `export const ${name} = cjs.${name};\n`);
  writeFileSync(
    `${dist}${entry}.mjs`,
    names.length === 0
      ? `import './${entry}.js';\n`
      : `import cjs from './${entry}.js';\n${lines.join('')}`,
  );
  writeFileSync(
    `${dist}${entry}.d.mts`,
    names.length === 0 ? 'export {};\n' : `export * from './${entry}.js';\n`,
  );
}
