/**
 * `node side-by-side.mjs COMMAND...` runs shell commands at the same time, for a machine has more than one processor, and prints what
 * each said when it has ended. Its exit code is 1 when one fails.
 */
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

function run(command) {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes) => said.push(bytes));
    child.once('close', (exitCode) => {
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
      process.stdout.write(`\n$ ${command}\n`);
      process.stdout.write(Buffer.concat(said));
      process.stdout.write(`${exitCode === 0 ? 'Passed' : 'FAILED'} in ${seconds} s\n`);
      resolve(exitCode === 0);
    });
  });
}

const passed = await Promise.all(process.argv.slice(2).map(run));
if (passed.includes(false)) process.exitCode = 1;
