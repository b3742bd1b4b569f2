import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { monotonicNow } from '../emulator/attempt-log';
import { administer } from '../emulator/mariadb-administration';
import { forkMySqlEmulator } from '../emulator/fork-mysql-emulator';
import type { MySqlEmulator } from '../emulator/mysql-emulator-types';
import { mariaDb } from './backend';
import { ENDPOINT, startEndpoint, type EmulatedEndpoint } from './emulated-endpoint';
import { safeOptions, tryLogin } from './mysql2-clients';

jest.setTimeout(30_000);

let opened: Pick<MySqlEmulator, 'close'>[] = [];
afterEach(async () => {
  await Promise.all(opened.map((emulator) => emulator.close()));
  opened = [];
});

async function openEndpoint(...args: Parameters<typeof startEndpoint>): Promise<EmulatedEndpoint> {
  const endpoint = await startEndpoint(...args);
  opened.push(endpoint.emulator);
  return endpoint;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error('This did not come true within 10 s');
    await delay(20);
  }
}

it('closes with clients at every stage of their login', async () => {
  const endpoint = await openEndpoint({ faults: { delayMs: 60_000 } });
  const waiting = tryLogin(safeOptions(endpoint, endpoint.token()));
  await until(async () => (await endpoint.emulator.attempts())[0]?.tokenAt !== undefined);
  const silent = connect(endpoint.emulator.port, '127.0.0.1').on('error', () => undefined);
  await once(silent, 'data');
  await endpoint.emulator.close();
  expect(await waiting).toBe('PROTOCOL_CONNECTION_LOST');
  expect(await isListening(endpoint.emulator.port)).toBe(false);
  const attempts = await endpoint.emulator.attempts();
  expect(attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
});

it.each([
  { goodbye: 'that leaves', leave: (connection: Connection) => connection.end() },
  { goodbye: 'that is cut off', leave: (connection: Connection) => connection.destroy() },
  {
    goodbye: 'that the emulator kills',
    leave: (_connection: Connection, { emulator }: EmulatedEndpoint) => emulator.killConnections(),
  },
])('closes the backend’s connection with that of a client $goodbye', async ({ leave }) => {
  const endpoint = await openEndpoint();
  const server = administer(mariaDb());
  const connection = await createConnection(safeOptions(endpoint, endpoint.token()));
  connection.on('error', () => undefined);
  const [rows] = await connection.query<RowDataPacket[]>('SELECT CONNECTION_ID() AS id');
  const isServed = async () => {
    const sessions = await server.sql('SELECT id FROM information_schema.processlist');
    return sessions.some(({ id }) => id === rows[0]?.['id']);
  };
  expect(await isServed()).toBe(true);

  await leave(connection, endpoint);
  await until(async () => !(await isServed()));
  await until(async () => (await endpoint.emulator.openConnections()) === 0);
});

it('behaves in a process of its own as it does here', async () => {
  const { emulator, ...rest } = await openEndpoint({}, undefined, forkMySqlEmulator);
  const logIn = () => tryLogin(safeOptions({ emulator, ...rest }, rest.token()));
  const before = monotonicNow();
  expect(await logIn()).toBe('accepted');

  const [attempt] = await emulator.attempts();
  expect(attempt).toMatchObject({ outcome: 'accepted', servername: 'localhost' });
  expect(attempt?.tokenAt).toBeGreaterThan(before);
  expect(attempt?.tokenAt).toBeLessThan(monotonicNow());
  expect(await emulator.received()).toContain('X-Amz-Signature');

  await emulator.setLimit(0);
  expect(await logIn()).toBe('ER_ACCESS_DENIED_ERROR');
  await emulator.setLimit();
  await emulator.setCredentials({});
  expect(await logIn()).toBe('ER_ACCESS_DENIED_ERROR');
  const reasons = (await emulator.attempts()).map(({ reason }) => reason);
  expect(reasons).toEqual([undefined, 'throttled', 'unknown-key']);
  await emulator.close();
  await expect(emulator.attempts()).rejects.toThrow();
});

it('says why it could not start in a process of its own', async () => {
  const options = { endpoint: ENDPOINT, credentials: {}, tls: { certPem: 'none', keyPem: 'none' } };
  await expect(forkMySqlEmulator(options)).rejects.toThrow(/PEM/i);
});

describe('servers of a program that was killed', () => {
  let program: ChildProcess | undefined;
  afterEach(() => program?.kill('SIGKILL'));

  it('go away with it, data and all', async () => {
    const args = ['--require', require.resolve('esbuild-register'), join(__dirname, 'orphan.ts')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    program = child;
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { ports, folder } = JSON.parse(line.toString()) as { ports: number[]; folder: string };
    expect(await Promise.all(ports.map(isListening))).toEqual([true, true]);
    expect(existsSync(folder)).toBe(true);

    child.kill('SIGKILL');
    await until(() => !existsSync(join(folder, '..')));
    for (const port of ports) await until(async () => !(await isListening(port)));
  });
});
