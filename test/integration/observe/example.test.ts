import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, runNode } from '../../harness/child';
import { startNamedRds, type NamedRds } from '../../harness/named-rds';

let rds: NamedRds;
beforeAll(async () => {
  rds = await startNamedRds();
});
afterEach(() => rds.emulator.setFaults({}));
afterAll(() => rds.emulator.close());

const runExample = (name: string) =>
  runNode([join(ROOT, 'examples', name)], {
    cwd: tmpdir(),
    env: { ...rds.environment, METRICS_PORT: '0' },
  });

describe('the example observe.js', () => {
  const run = async () => {
    const { stdout, ...ended } = await runExample('observe.js');
    const lines = stdout
      .trim()
      .replaceAll(rds.hostname, 'HOST')
      .replace(/\d+ ms/g, 'N ms')
      .split('\n');
    return { ...ended, lines };
  };

  it('prints each login', async () => {
    const { exitCode, lines } = await run();

    const login = 'accepted at HOST: waited N ms, took N ms';
    expect({ exitCode, lines }).toEqual({
      exitCode: 0,
      lines: [login, login, 'Logged in as app@%'],
    });
  });

  it('prints a login that failed, and the wait that follows', async () => {
    await rds.emulator.setFaults({ deny: true });
    const { exitCode, lines } = await run();

    expect({ exitCode, lines }).toEqual({
      exitCode: 1,
      lines: [
        '1 failed at HOST (ER_ACCESS_DENIED_ERROR): next login in N ms',
        'denied at HOST: waited N ms, took N ms',
      ],
    });
  });
});

it('the example otel.js logs in and ends', async () => {
  expect(await runExample('otel.js')).toEqual({
    exitCode: 0,
    stdout: 'Logged in as app@%\n',
    stderr: '',
  });
});
