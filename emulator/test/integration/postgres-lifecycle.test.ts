import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '../../../test/harness/postgres-server';
import { describeLifecycle } from '../harness/endpoint-lifecycle';
import { isListening, until } from '../../../test/harness/eventually';
import { connectPostgres } from '../harness/postgres-clients';
import { postgresUnderTest } from '../harness/postgres-under-test';

describeLifecycle(postgresUnderTest);

/** The command lines of all processes. */
const processes = () => execFileSync('ps', ['-A', '-o', 'args'], { encoding: 'utf8' });

it('leaves neither process nor folder behind a server that was stopped at work', async () => {
  const server = await startPostgres();
  const [row] = await server.sql("SELECT current_setting('data_directory') AS folder");
  const data = String(row?.['folder']);
  const client = await connectPostgres({
    host: server.host,
    port: server.port,
    user: 'postgres',
    password: server.superuserPassword,
    database: 'postgres',
  });
  const lost = new Promise((resolve) => client.on('error', resolve));
  const sleeping = client.query('SELECT pg_sleep(60)').catch((error: unknown) => error);
  await until(async () => {
    const active = await server.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
    return active.length === 1;
  });
  expect(processes()).toContain(data);

  await server.stop();
  expect(await sleeping).toMatchObject({ message: expect.any(String) as unknown });
  await lost;
  expect(existsSync(join(data, '..'))).toBe(false);
  expect(processes()).not.toContain(data);
  expect(await isListening(server.port)).toBe(false);
});

it('listens on loopback alone, on no socket of the file system, and lets no one in without a password', async () => {
  const server = await startPostgres();
  try {
    const settings = await server.sql(
      "SELECT name, setting FROM pg_settings WHERE name IN ('listen_addresses', 'unix_socket_directories') ORDER BY name",
    );
    expect(settings).toEqual([
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'unix_socket_directories', setting: '' },
    ]);
    const { host, port } = server;
    const stranger = { host, port, user: 'postgres', database: 'postgres', password: 'wrong' };
    await expect(connectPostgres(stranger)).rejects.toMatchObject({ code: '28P01' });
  } finally {
    await server.stop();
  }
});
