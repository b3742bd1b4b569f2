import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const OUTPUT_CHARACTERS = 2_000;

/** Runs one of this folder's processes with the built package, tells what it sends, and resolves to how it ended. */
export async function runChild(
  file: string,
  task: object,
  tell: (message: unknown) => void,
): Promise<{ exitCode: number | null; output: string }> {
  const child = fork(join(__dirname, file), {
    execArgv: ['--expose-gc', '--require', require.resolve('esbuild-register')],
    // The built package, where esbuild-register would take its name for its sources, as the compiler does.
    env: {
      ...process.env,
      TS_NODE_PROJECT: join(__dirname, '../fixtures/tsconfig.built.json'),
      NODE_NO_WARNINGS: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => {
      output = (output + bytes.toString()).slice(-OUTPUT_CHARACTERS);
    });
  child.on('message', tell);
  child.send(task);
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  return { exitCode, output };
}
