import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isListening, until } from '../../../test/harness/eventually';
import { mariaDbBackend, postgresBackend } from '../harness/backends';
import {
  argumentsBelow,
  description,
  runCli,
  startCli,
  temporaryFolders,
  type RunningCli,
} from '../harness/run-cli';

const running: RunningCli[] = [];
const folder = mkdtempSync(join(tmpdir(), 'emulator-cli-'));
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  const cli = startCli(args, { TMPDIR: folder, ...env });
  running.push(cli);
  return cli;
};

describe.each([
  { name: 'MariaDB', make: mariaDbBackend, user: 'cli_maria' },
  { name: 'PostgreSQL', make: postgresBackend, user: 'cli_postgres' },
])('in front of $name', ({ make, user }) => {
  const backend = make('app');
  const args = () => ['--backend', backend.url(), '--user', user];
  const isGone = async () =>
    !(await backend.usernames()).includes(user) && temporaryFolders(folder).length === 0;

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends cleanly on %s', async (signal) => {
    const cli = start([...args(), '--json']);
    const { port } = await description(cli);
    expect(await backend.usernames()).toContain(user);
    expect(await isListening(port)).toBe(true);

    cli.child.kill(signal);
    expect(await cli.ended).toBe(0);
    expect(await isGone()).toBe(true);
    expect(await isListening(port)).toBe(false);
    expect(cli.stderr()).toMatch(/No logins\.|1 login/);
  });

  it('ends at once on a second signal, and leaves nothing either', async () => {
    const cli = start([...args(), '--', process.execPath, '-e', DEAF]);
    await cli.printed(/deaf/);
    cli.child.kill('SIGINT');
    cli.child.kill('SIGTERM');
    expect(await cli.ended).toBe(130);
    await until(isGone);
  });

  it('leaves no user and no file when it is killed', async () => {
    const envFile = join(folder, 'killed.env');
    const cli = start([...args(), '--json', '--write-env', envFile]);
    const { port, caFile } = await description(cli);
    expect(statSync(join(caFile, '..')).mode & 0o777).toBe(0o700);
    expect(existsSync(envFile)).toBe(true);

    cli.child.kill('SIGKILL');
    expect(await cli.ended).toBe('SIGKILL');
    await until(isGone);
    expect(existsSync(envFile)).toBe(false);
    expect(await isListening(port)).toBe(false);
  });

  it('leaves nothing when it is killed while it starts', async () => {
    const cli = start(args());
    await until(async () => (await backend.usernames()).includes(user));
    cli.child.kill('SIGKILL');
    await until(isGone);
  });

  it('shows no password, neither in its output nor in arguments', async () => {
    const { password } = new URL(backend.url());
    const cli = start(['--user', user, '--verbose'], { RDS_IAM_EMULATOR_BACKEND: backend.url() });
    await cli.printed(/Ctrl-C/);
    expect(password).not.toBe('');
    const shown = argumentsBelow(cli.child.pid ?? NaN);
    expect(shown).toContain('cli.js');
    expect(shown).toContain('backend-process.js');
    expect(shown).not.toContain(password);
    cli.child.kill('SIGTERM');
    await cli.ended;
    expect(cli.stdout() + cli.stderr()).not.toContain(password);
    expect(cli.stdout()).not.toMatch(/PRIVATE KEY/);
  });
});

// Says so when it listens to no signal.
const DEAF = `for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
setInterval(() => {}, 1000); console.log('deaf');`;

describe('a command', () => {
  const backend = mariaDbBackend('app');
  const run = (...command: string[]) =>
    runCli(['--backend', backend.url(), '--user', 'cli_command', '--', ...command], {
      AWS_PROFILE: 'work',
      AWS_SESSION_TOKEN: 'stale',
      RDS_IAM_EMULATOR_BACKEND: 'mysql://secret',
      KEPT: 'kept',
    });

  it('runs in the environment, without what would lead to other credentials', async () => {
    const { code, stdout } = await run(process.execPath, '-p', 'JSON.stringify(process.env)');
    const env = JSON.parse(stdout) as Record<string, string>;
    expect(code).toBe(0);
    expect(env).toMatchObject({
      DB_HOST: 'mydb.cluster-abcdefghijkl.eu-west-1.rds.amazonaws.com',
      DB_USER: 'cli_command',
      DB_NAME: 'app',
      AWS_REGION: 'eu-west-1',
      KEPT: 'kept',
    });
    expect(env['AWS_ACCESS_KEY_ID']).toMatch(/^AKIAEMULATOR[A-Z2-7]{8}$/);
    for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'RDS_IAM_EMULATOR_BACKEND'])
      expect(env).not.toHaveProperty(name);
  });

  it.each([
    { outcome: 'its exit code', command: ['sh', '-c', 'exit 7'], code: 7 },
    { outcome: '128 and its signal', command: ['sh', '-c', 'kill -9 $$'], code: 137 },
    { outcome: '127 when it does not exist', command: ['/no/such/program'], code: 127 },
    { outcome: '126 when it cannot be run', command: [join(folder, 'unrunnable')], code: 126 },
  ])('ends with $outcome', async ({ command, code }) => {
    writeFileSync(join(folder, 'unrunnable'), 'text');
    chmodSync(join(folder, 'unrunnable'), 0o644);
    const ended = await run(...command);
    expect(ended.code).toBe(code);
    expect(await backend.usernames()).not.toContain('cli_command');
  });

  it('gets the signals', async () => {
    const cli = start([
      ...['--backend', backend.url(), '--user', 'cli_command', '--', process.execPath, '-e'],
      `process.on('SIGTERM', () => { console.log('got it'); process.exit(5); });
       setInterval(() => {}, 1000); console.log('ready');`,
    ]);
    await cli.printed(/ready/);
    cli.child.kill('SIGTERM');
    expect(await cli.ended).toBe(5);
    expect(cli.stdout()).toContain('got it');
  });

  it('counts its logins at the end, and prints each of them when asked to', async () => {
    const cli = start([
      ...['--backend', backend.url(), '--user', 'cli_command', '--verbose', '--', process.execPath],
      ...['-e', "require('net').connect(process.env.DB_PORT, '127.0.0.1').end()"],
    ]);
    await cli.ended;
    expect(cli.stderr()).toMatch(/\d\d:\d\d:\d\d\.\d{3} failed before the user name/);
    expect(cli.stderr()).toMatch(/1 login: 1 failed; at most 0 in one second/);
  });
});

describe('output', () => {
  const backend = mariaDbBackend('app');
  const args = (user: string) => ['--backend', backend.url(), '--user', user];

  it('prints commands for a shell', async () => {
    const cli = start(args('cli_shell'), { NODE_OPTIONS: '--no-warnings' });
    await cli.printed(/Ctrl-C/);
    const script = `AWS_PROFILE=work\n${cli.stdout()}\nprintf '%s|' "$DB_HOST" "$NODE_OPTIONS" "\${AWS_PROFILE-unset}"`;
    const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    const [host, options, profile] = stdout.split('|');
    expect(host).toBe('mydb.cluster-abcdefghijkl.eu-west-1.rds.amazonaws.com');
    expect(options).toMatch(/^--no-warnings --require=".*resolve\.js"$/);
    expect(profile).toBe('unset');
    expect(cli.stdout()).toContain(`/etc/hosts: 127.0.0.1 ${host ?? ''}`);
  });

  it('writes a file that a shell and Node.js can read, for its owner alone, and removes it', async () => {
    const file = join(folder, `it's.env`);
    const cli = start([...args('cli_file'), '--write-env', file]);
    await cli.printed(/Ctrl-C/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const shell = spawnSync('sh', ['-c', '. "$1" && printf %s "$DB_USER@$DB_HOST"', 'sh', file], {
      encoding: 'utf8',
    });
    const node = spawnSync(
      process.execPath,
      [`--env-file=${file}`, '-p', 'process.env.DB_USER + "@" + process.env.DB_HOST'],
      { encoding: 'utf8' },
    );
    expect(shell.stdout).toMatch(/^cli_file@mydb\./);
    expect(node.stdout.trim()).toBe(shell.stdout);
    cli.child.kill('SIGTERM');
    expect(await cli.ended).toBe(0);
    expect(existsSync(file)).toBe(false);
  });

  it('refuses to overwrite a file of others', async () => {
    const file = join(folder, 'precious.env');
    writeFileSync(file, 'PRECIOUS=1');
    const { code, stderr } = await runCli([...args('cli_file'), '--write-env', file]);
    expect(code).toBe(2);
    expect(stderr).toContain('the emulator did not write it');
    expect(readFileSync(file, 'utf8')).toBe('PRECIOUS=1');
  });

  it('goes on when whoever read its output is gone', async () => {
    const cli = start([...args('cli_pipe'), '--verbose', '--json']);
    const { port } = await description(cli);
    cli.child.stdout?.destroy();
    cli.child.stderr?.destroy();
    for (const message of ['one', 'two'])
      connect(port, '127.0.0.1')
        .on('error', () => undefined)
        .end(message);
    await until(() => isListening(port));
    cli.child.kill('SIGTERM');
    await until(() => cli.child.exitCode !== null);
    expect(cli.child.exitCode).toBe(0);
    expect(await backend.usernames()).not.toContain('cli_pipe');
  });
});
