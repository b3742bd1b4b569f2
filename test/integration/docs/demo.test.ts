import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { administer } from '../../harness/mariadb-administration';
import { mariaDb } from '../../harness/backend';
import { ROOT, runNode } from '../../harness/child';
import { startNamedRds, withoutAws } from '../../harness/named-rds';
import { USERNAME } from '../../harness/rds';
import { togetherIt } from '../../harness/together';

const COMMAND = ['--require', 'esbuild-register', 'examples/demo/demo.ts'];
const SMALL = ['--queries', '60', '--seconds', '0.5', '--max', '30'];
const STARTED = 'hand-written hook ...';

// Each demo starts a MariaDB, runs for seconds, and waits for a clean one in between.
jest.setTimeout(60_000);

/** Runs a test with a folder for what the demo leaves behind. */
async function inFolder(
  test: (folder: string, env: NodeJS.ProcessEnv) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sequelize-rds-iam-demo-'));
  try {
    await test(folder, { ...withoutAws(process.env), TMPDIR: folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const demo = (args: readonly string[], env: NodeJS.ProcessEnv) =>
  runNode([...COMMAND, ...args], { env });

/** The figures of a line of the table. */
function figures(output: string, label: string): number[] {
  const line = output.split('\n').find((candidate) => candidate.trim().startsWith(label)) ?? '';
  return [...line.replace(label, '').matchAll(/[\d.]+/g)].map(Number);
}

it('the demo shows that the hand-written hook is throttled and that the package is not', () =>
  inFolder(async (folder, env) => {
    const { exitCode, stdout, stderr } = await demo(SMALL, env);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const [succeededByHand = 0, succeeded] = figures(stdout, 'queries that succeeded');
    const [throttledByHand = 0, throttled] = figures(stdout, 'throttled');
    const [loginsByHand = 0, logins] = figures(stdout, 'logins');
    const [acceptedByHand = 0, accepted] = figures(stdout, 'accepted');
    const [peakByHand, peak] = figures(stdout, 'peak in any sliding second');
    expect({ succeeded, throttled, peak }).toEqual({ succeeded: 60, throttled: 0, peak: 19 });
    expect(figures(stdout, 'queries that failed')).toEqual([60 - succeededByHand, 0]);
    expect(logins).toBe(accepted);
    expect(loginsByHand).toBe(acceptedByHand + throttledByHand);
    expect(throttledByHand).toBeGreaterThan(0);
    expect(peakByHand).toBeGreaterThan(20);
    expect(stdout).toContain('every query succeeded and no login was refused');
    expect(stdout).not.toContain('X-Amz-Signature');
    expect(readdirSync(folder)).toEqual([]);
  }));

describe('the demo', () => {
  // Each run waits most of its time, for queries that sleep and for a clean second in between.
  const together = togetherIt(3);
  const itInFolder = (name: string, test: Parameters<typeof inFolder>[0]) => {
    together(name, () => inFolder(test));
  };

  itInFolder(
    'prints plain lines of at most 80 characters to what is no terminal',
    async (_folder, env) => {
      const [run, help] = await Promise.all([
        demo([...SMALL, '--queries', '5'], env),
        demo(['--help'], env),
      ]);

      expect([run.exitCode, help.exitCode]).toEqual([0, 0]);
      // Few connections at once are what the hand-written hook is good at.
      expect(figures(run.stdout, 'queries that succeeded')).toEqual([5, 5]);
      const lines = [...run.stdout.split('\n'), ...help.stdout.split('\n')];
      expect(lines.filter((line) => line.length > 80 || line.includes('\u001B'))).toEqual([]);
      expect(help.stdout.split('\n').length).toBeLessThanOrEqual(25);
    },
  );

  itInFolder(
    'exits with 1 and the reason when the run with the package is not perfect',
    async (_folder, env) => {
      const { exitCode, stdout } = await demo(
        [...SMALL, '--limit', '10', '--skip-hand-written'],
        env,
      );

      expect(exitCode).toBe(1);
      expect(figures(stdout, 'throttled')[0]).toBeGreaterThan(0);
      expect(stdout).toMatch(
        /The run with sequelize-rds-iam was not perfect: .*logins were refused/,
      );
      expect(stdout).not.toContain('hand-written');
    },
  );

  itInFolder(
    'refuses an option that it does not know, and starts nothing',
    async (_folder, env) => {
      const { exitCode, stdout, stderr } = await demo(['--querys', '5'], env);

      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toContain("Unknown option '--querys'");
    },
  );

  itInFolder('leaves nothing behind when it is interrupted', async (folder, env) => {
    const child = spawn(process.execPath, COMMAND, { cwd: ROOT, env });
    const ended = new Promise((resolve) => child.once('close', resolve));
    let said = '';
    child.stdout.on('data', (bytes: Buffer) => {
      if (!said.includes(STARTED) && (said += bytes.toString()).includes(STARTED))
        child.kill('SIGINT');
    });

    expect(await ended).toBe(130);
    expect(said).toContain(STARTED);
    expect(readdirSync(folder)).toEqual([]);
  });

  itInFolder(
    'shows what the client of an endpoint that is there already saw, and drops its tables',
    async (folder) => {
      const server = administer(mariaDb());
      const rds = await startNamedRds();
      await server.createDatabase('demo');
      const ca = join(folder, 'ca.pem');
      writeFileSync(ca, rds.caPem);
      const where = [
        ...['--host', rds.hostname, '--port', String(rds.emulator.port)],
        ...['--user', USERNAME, '--database', 'demo', '--ca', ca],
      ];

      const { exitCode, stdout, stderr } = await demo([...SMALL, ...where], {
        ...rds.environment,
        TMPDIR: folder,
      });

      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      const [deniedByHand, denied] = figures(stdout, 'denied or broken otherwise');
      expect(deniedByHand).toBeGreaterThan(0);
      expect(denied).toBe(0);
      expect(stdout).toContain('What this client saw');
      expect(stdout).not.toMatch(/throttled|X-Amz-Signature/);
      expect(await server.sql('SHOW TABLES FROM demo')).toEqual([]);
      await rds.emulator.close();
      await server.sql('DROP DATABASE demo');
    },
  );
});
