import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countBy } from 'rds-iam-emulator';
import { mariaDb } from '../../harness/backend';
import { ROOT, runNode } from '../../harness/child';
import { ROUTE_TO_EMULATOR, startNamedRds, type NamedRds } from '../../harness/named-rds';

const EXAMPLES = join(ROOT, 'examples');
const direct = [
  'add-hook.js',
  'add-hook.mjs',
  'add-hook.ts',
  'local-development.js',
  'own-limiter.js',
  'register.js',
  'with-iam-auth.js',
];
/** Those that have tests of their own. */
const elsewhere = [
  'async-config',
  'credentials',
  'demo',
  'lambda',
  'logger.js',
  'nestjs',
  'observe.js',
  'otel.js',
  'sequelize-cli',
  'sequelize-typescript',
  'umzug',
];

// Each example is a process of its own.
jest.setTimeout(60_000);

/** Outside the project, where its tsconfig.json does not lead the package's name to the sources: examples use the built package. */
function runExample(file: string, env: NodeJS.ProcessEnv) {
  const loader = file.endsWith('.ts') ? ['--require', require.resolve('esbuild-register')] : [];
  return runNode([...loader, join(EXAMPLES, file)], { cwd: tmpdir(), env });
}

async function expectLogins({ emulator, hostname }: NamedRds): Promise<void> {
  const attempts = await emulator.attempts();
  // Sequelize asks for the server's version first, on a connection of its own.
  expect(countBy(attempts, 'outcome')).toEqual({ accepted: 2 });
  expect(attempts.map(({ servername }) => servername)).toEqual([hostname, hostname]);
}

describe('an example', () => {
  let rds: NamedRds;
  beforeAll(async () => {
    rds = await startNamedRds();
  });
  beforeEach(() => rds.emulator.clear());
  afterAll(() => rds.emulator.close());

  it.each(direct)('%s logs in with a token and ends', async (file) => {
    const ended = await runExample(file, rds.environment);

    expect(ended).toEqual({ exitCode: 0, stdout: 'Logged in as app@%\n', stderr: '' });
    await expectLogins(rds);
  });

  it.each(direct)('%s ends with the reason when the token is refused', async (file) => {
    await rds.emulator.setFaults({ deny: true });

    const { exitCode, stdout, stderr } = await runExample(file, rds.environment);

    await rds.emulator.setFaults({});
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('Access denied');
    expect(stderr).not.toContain('X-Amz-Signature');
  });
});

describe('the example tunnel.js', () => {
  it('logs in through a port of this machine with a token for the cluster', async () => {
    const rds = await startNamedRds({ signedPort: 3306 });

    // RDS names are not resolved here: the connection must go to this machine.
    const ended = await runExample('tunnel.js', {
      ...rds.environment,
      NODE_OPTIONS: ROUTE_TO_EMULATOR,
    });

    expect(ended).toEqual({ exitCode: 0, stdout: 'Logged in as app@%\n', stderr: '' });
    await expectLogins(rds);
    await rds.emulator.close();
  });
});

describe('the example local-development.js', () => {
  it('logs in with a password, and without IAM, where there is one', async () => {
    const { host, port, users } = mariaDb();

    const ended = await runExample('local-development.js', {
      PATH: process.env.PATH,
      DB_HOST: host,
      DB_PORT: String(port),
      DB_USER: users.app.username,
      DB_PASSWORD: users.app.password,
      DB_NAME: 'app',
    });

    expect(ended).toEqual({ exitCode: 0, stdout: 'Logged in as app@%\n', stderr: '' });
  });
});

describe('the folder of examples', () => {
  it('holds nothing that no test runs', () => {
    expect(readdirSync(EXAMPLES).sort()).toEqual([...direct, ...elsewhere, 'tunnel.js'].sort());
  });
});
