import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { forkEmulator } from '../../../test/harness/fork-emulator';
import { ENDPOINT } from '../../../test/harness/emulated-endpoint';
import { describeLifecycle } from '../harness/endpoint-lifecycle';
import { isListening, until } from '../../../test/harness/eventually';
import { mysqlUnderTest } from '../harness/mysql-under-test';

describeLifecycle(mysqlUnderTest);

it.each(['mysql', 'postgres'] as const)(
  'says why %s could not start in a process of its own',
  async (engine) => {
    const tls = { certPem: 'none', keyPem: 'none' };
    const options = { engine, endpoint: ENDPOINT, credentials: {}, tls };
    await expect(forkEmulator(options)).rejects.toThrow(/PEM/i);
  },
);

describe('servers of a program that was killed', () => {
  let program: ChildProcess | undefined;
  afterEach(() => program?.kill('SIGKILL'));

  it('go away with it, data and all', async () => {
    const args = [
      '--require',
      require.resolve('esbuild-register'),
      join(__dirname, '../harness/orphan.ts'),
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    program = child;
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { ports, folders } = JSON.parse(line.toString()) as {
      ports: number[];
      folders: string[];
    };
    expect(await Promise.all(ports.map(isListening))).toEqual([true, true, true, true]);
    expect(folders.map(existsSync)).toEqual([true, true]);

    child.kill('SIGKILL');
    for (const folder of folders) await until(() => !existsSync(join(folder, '..')));
    for (const port of ports) await until(async () => !(await isListening(port)));
  });
});
