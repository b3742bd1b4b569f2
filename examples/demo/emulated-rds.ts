import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Readable } from 'node:stream';
import type { Attempt } from 'rds-iam-emulator';
import { provideDatabase } from '../../test/harness/programs';
import type { Login } from './logins';
import type { Stage } from './stage';
import type { Undo } from './undo';
// The endpoint below has an RDS name; this makes such names resolve to this machine.
import '../../test/fixtures/resolve-rds-names.cjs';

const EMULATOR = join(__dirname, '../../emulator/dist/cli.js');
const REGION = 'ap-northeast-1';
const HOSTNAME = `demo.cluster-example.${REGION}.rds.amazonaws.com`;
const USERNAME = 'demo_user';

/** What the emulator prints of itself. */
interface Description {
  readonly port: number;
  readonly caFile: string;
  readonly env: {
    readonly DB_NAME: string;
    readonly AWS_ACCESS_KEY_ID: string;
    readonly AWS_SECRET_ACCESS_KEY: string;
    readonly RDS_IAM_EMULATOR_CONTROL: string;
  };
}

/** Starts `rds-iam-emulator` with a MariaDB of its own; it refuses what exceeds `limit` logins per second. */
export async function startEmulatedRds(limit: number, undo: Undo): Promise<Stage> {
  provideDatabase('mariadb');
  const options = ['--user', USERNAME, '--hostname', HOSTNAME, '--limit', String(limit)];
  const emulator = spawn(process.execPath, [EMULATOR, '--start', 'mariadb', '--json', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  undo.add(() => end(emulator));
  const { port, caFile, env } = await describedBy(emulator);

  const attempts = `${env.RDS_IAM_EMULATOR_CONTROL}/attempts`;
  return {
    target: {
      host: HOSTNAME,
      port,
      username: USERNAME,
      database: env.DB_NAME,
      region: REGION,
      ca: readFileSync(caFile, 'utf8'),
      credentials: {
        accessKeyId: env.AWS_ACCESS_KEY_ID,
        secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      },
      profile: undefined,
    },
    witness: 'server',
    watch: async () => {
      await fetch(attempts, { method: 'DELETE' });
    },
    logins: async () => {
      const response = await fetch(attempts);
      return ((await response.json()) as Attempt[]).map(toLogin);
    },
    isKept: false,
  };
}

async function end(emulator: ChildProcess): Promise<void> {
  if (emulator.exitCode !== null || emulator.signalCode !== null) return;
  const gone = once(emulator, 'exit');
  // Ctrl-C in a terminal has told it already.
  emulator.kill('SIGTERM');
  await gone;
}

/** Resolves to what it prints once it listens; rejects with its own words when it ends before. */
async function describedBy({
  stdout,
  stderr,
}: {
  readonly stdout: Readable;
  readonly stderr: Readable;
}): Promise<Description> {
  const words: string[] = [];
  stderr.setEncoding('utf8').on('data', (text: string) => words.push(text));
  for await (const line of createInterface(stdout)) return JSON.parse(line) as Description;
  throw new Error(words.join('').trim());
}

function toLogin({ acceptedAt, tokenAt = acceptedAt, outcome }: Attempt): Login {
  const known = outcome === 'accepted' || outcome === 'throttled' || outcome === 'denied';
  return { at: tokenAt, outcome: known ? outcome : 'failed' };
}
