import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startDatabase,
  startEmulator,
  type Emulator,
  type StartEmulatorOptions,
} from 'rds-iam-emulator';
import { administer } from '../../../test/harness/mariadb-administration';
import { isListening } from '../../../test/harness/eventually';
import { mariaDbBackend, postgresBackend } from '../harness/backends';
import { query, tryQuery } from '../harness/emulator-clients';

const ROOT = join(__dirname, '../../..');
const EMULATOR = join(ROOT, 'emulator');
const USER = 'code_user';

let emulator: Emulator | undefined;
afterEach(() => emulator?.close());

const start = async (options: Partial<StartEmulatorOptions> = {}) => {
  emulator = await startEmulator({
    backend: mariaDbBackend('app').url(),
    users: [USER],
    ...options,
  });
  return emulator;
};

it('accepts tokens for its port and for the one that RDS has, and for no other', async () => {
  const running = await start();
  const { port } = running;
  const login = (signedPort: number) => tryQuery(running, 'SELECT 1', { signedPort });
  expect(await login(port)).toBe('accepted');
  expect(await login(3306)).toBe('accepted');
  expect(await login(5432)).toBe('ER_ACCESS_DENIED_ERROR');
  expect(await running.attempts()).toMatchObject([{}, {}, { reason: 'port' }]);
});

it('obeys policies, in place of allowing all of its users', async () => {
  const Resource = 'arn:aws:rds-db:eu-west-1:210987654321:dbuser:cluster-MINE/other_*';
  const running = await start({
    users: ['other_user', USER],
    account: '210987654321',
    resourceId: 'cluster-MINE',
    policies: [{ Statement: { Effect: 'Allow', Action: 'rds-db:connect', Resource } }],
  });
  expect(await tryQuery(running, 'SELECT 1', { username: 'other_user' })).toBe('accepted');
  expect(await tryQuery(running, 'SELECT 1', { username: USER })).toBe('ER_ACCESS_DENIED_ERROR');
});

it('tells its callback of each login', async () => {
  const outcomes: string[] = [];
  const running = await start({ limit: 0, onAttempt: ({ outcome }) => outcomes.push(outcome) });
  await tryQuery(running);
  await running.setLimit();
  await tryQuery(running);
  expect(outcomes).toEqual(['throttled', 'accepted']);
});

it('is controlled over HTTP', async () => {
  const running = await start();
  const { origin } = running.control;
  expect(running.env['RDS_IAM_EMULATOR_CONTROL']).toBe(origin);
  const body = JSON.stringify({ deny: 1 });
  await fetch(`${origin}/faults`, { method: 'PUT', body });
  expect(await tryQuery(running)).toBe('ER_ACCESS_DENIED_ERROR');
  expect(await tryQuery(running)).toBe('accepted');
  const attempts = await (await fetch(`${origin}/attempts`)).json();
  expect(attempts).toMatchObject([{ outcome: 'denied' }, { outcome: 'accepted' }]);
});

it('fails over to another database and back, and removes its users from both', async () => {
  const first = mariaDbBackend('app');
  const { stop, host, port, password } = await startDatabase('mariadb');
  const standby = administer({ host, port, rootPassword: password });
  await standby.createDatabase('app');
  const running = await start();
  const where = async () => (await query(running, 'SELECT @@port AS port'))[0]?.['port'];
  try {
    const home = await where();
    await running.failOver({ backend: `mysql://root:${password}@${host}:${port}/app` });
    expect(await where()).toBe(port);
    await running.failOver({ backend: first.url() });
    expect(await where()).toBe(home);
    await running.close();
    expect(await first.usernames()).not.toContain(USER);
    const users = await standby.sql('SELECT user AS name FROM mysql.global_priv');
    expect(users.map(({ name }) => String(name))).not.toContain(USER);
  } finally {
    await stop();
  }
});

it('fails over to no database of another engine', async () => {
  const running = await start();
  await expect(running.failOver({ backend: postgresBackend('app').url() })).rejects.toThrow(
    /postgres cannot take over from mariadb/,
  );
  expect(await tryQuery(running)).toBe('accepted');
  await running.close();
  expect(await postgresBackend('app').usernames()).not.toContain(USER);
});

it('refuses a port that is taken, and removes what it has created by then', async () => {
  const backend = postgresBackend('app');
  const { port } = await start();
  await expect(startEmulator({ backend: backend.url(), users: [USER], port })).rejects.toThrow(
    `port ${port} is in use: write another, or none`,
  );
  expect(await backend.usernames()).not.toContain(USER);
});

it('starts a private server with a database, which ends with it', async () => {
  const running = await startEmulator({ start: 'postgres', users: ['new user'] });
  expect(await query(running, 'SELECT current_user AS name, current_database() AS db')).toEqual([
    { name: 'new user', db: 'app' },
  ]);
  await running.close();
  expect(await isListening(running.port)).toBe(false);
});

describe('in a test runner', () => {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-runner-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

  const set = `const { startEmulator } = require(${JSON.stringify(EMULATOR)});
let emulator;
const setup = async () => {
  emulator = await startEmulator({ backend: process.env.BACKEND, users: ['${USER}'] });
  Object.assign(process.env, emulator.env);
};
const teardown = () => emulator.close();`;
  const test = `test('logs in', async () => {
  const { Sequelize } = require(${JSON.stringify(join(ROOT, 'node_modules/sequelize'))});
  const { withIamAuth } = require(${JSON.stringify(ROOT)});
  const { DB_HOST, DB_PORT, DB_NAME, DB_USER } = process.env;
  const sequelize = new Sequelize(DB_NAME, DB_USER, null, withIamAuth({
    dialect: 'mysql', host: '127.0.0.1', port: DB_PORT, logging: false,
    iamAuth: { endpoint: { hostname: DB_HOST }, tls: { ca: require('fs').readFileSync(process.env.DB_CA_FILE, 'utf8') } },
    dialectModule: require(${JSON.stringify(join(ROOT, 'node_modules/mysql2'))}),
  }));
  await sequelize.authenticate();
  await sequelize.close();
});`;

  const run = (...args: string[]) =>
    new Promise<{ code: number | null; output: string }>((resolve) => {
      const env = { ...process.env, BACKEND: mariaDbBackend('app').url(), NODE_OPTIONS: '' };
      const options = { cwd: folder, env, timeout: 50_000 };
      const child = execFile(process.execPath, args, options, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, output: stdout + stderr }),
      );
    });

  it('starts in the globalSetup of Jest, and leaves no handle open', async () => {
    write('package.json', '{}');
    write('setup.js', `${set}\nmodule.exports = setup; globalThis.endEmulator = teardown;`);
    write('teardown.js', 'module.exports = () => globalThis.endEmulator();');
    write('login.test.js', test);
    write(
      'jest.config.js',
      `module.exports = { globalSetup: './setup.js', globalTeardown: './teardown.js' };`,
    );
    const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
    const { code, output } = await run(jest, '--detectOpenHandles', '--rootDir', folder);
    expect(output).toContain('1 passed');
    expect(output).not.toMatch(/open handle|did not exit/);
    expect(code).toBe(0);
    expect(await mariaDbBackend('app').usernames()).not.toContain(USER);
  });

  it('lets a program end that closes it', async () => {
    write('program.js', `${set}\nsetup().then(teardown);`);
    expect(await run(join(folder, 'program.js'))).toEqual({ code: 0, output: '' });
  });
});
