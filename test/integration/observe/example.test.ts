import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, runNode } from '../../harness/child';
import { startNamedRds, type NamedRds } from '../../harness/named-rds';

const EXAMPLE = join(ROOT, 'examples/observe.js');

describe('the example observe.js', () => {
  let rds: NamedRds;
  beforeAll(async () => {
    rds = await startNamedRds();
  });
  afterAll(() => rds.emulator.close());

  const run = async () => {
    const { stdout, ...ended } = await runNode([EXAMPLE], { cwd: tmpdir(), env: rds.environment });
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
