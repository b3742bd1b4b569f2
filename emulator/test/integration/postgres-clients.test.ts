import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Client, type ClientConfig } from 'pg';
import { postgres } from '../../../test/harness/backend';
import {
  KEYS,
  startPostgresEndpoint,
  type EmulatedPostgres,
} from '../../../test/harness/emulated-endpoint';
import {
  carelessPostgres,
  connectPostgres,
  safePostgres,
  tryPostgresLogin,
} from '../harness/postgres-clients';

let endpoint: EmulatedPostgres;
afterEach(() => endpoint.emulator.close());

/** What a server tells a client about itself at the end of its login. */
async function settingsOf(options: ClientConfig): Promise<Record<string, string>> {
  const client = new Client(options);
  const settings: Record<string, string> = {};
  client.connection.on(
    'parameterStatus',
    (status: { readonly parameterName: string; readonly parameterValue: string }) => {
      settings[status.parameterName] = status.parameterValue;
    },
  );
  await client.connect();
  await client.end();
  return settings;
}

describe('a pg client', () => {
  let client: Client;
  beforeEach(async () => {
    endpoint = await startPostgresEndpoint();
    client = await connectPostgres({
      ...safePostgres(endpoint, endpoint.token()),
      application_name: 'orders',
      options: '-c statement_timeout=12345 -c search_path=pg_catalog',
    });
  });
  afterEach(() => client.end());

  it('logs in to the database and with the settings it asked for', async () => {
    const { rows } = await client.query(
      `SELECT current_user AS user, current_database() AS db, $1::int + 1 AS sum,
        current_setting('statement_timeout') AS timeout, current_setting('search_path') AS path,
        current_setting('application_name') AS name`,
      [41],
    );
    expect(rows).toEqual([
      { user: 'app', db: 'app', sum: 42, timeout: '12345ms', path: 'pg_catalog', name: 'orders' },
    ]);
  });

  it('reads many rows and writes megabytes', async () => {
    const { rows } = await client.query("SELECT repeat('x', 200) FROM generate_series(1, 20000)");
    expect(rows).toHaveLength(20_000);
    const blob = randomBytes(3_000_000);
    const hashes = await client.query("SELECT encode(sha256($1), 'hex') AS hash", [blob]);
    expect(hashes.rows).toEqual([{ hash: createHash('sha256').update(blob).digest('hex') }]);
  });

  it('hears what another one notifies it of', async () => {
    await client.query('LISTEN orders');
    const heard = once(client, 'notification');
    const other = await connectPostgres(safePostgres(endpoint, endpoint.token()));
    await other.query("NOTIFY orders, 'shipped'");
    await other.end();
    expect(await heard).toMatchObject([{ channel: 'orders', payload: 'shipped' }]);
  });

  it('reports the backend’s errors', async () => {
    await expect(client.query('SELECT * FROM missing')).rejects.toMatchObject({ code: '42P01' });
  });
});

it('hears of the backend’s settings what it hears from the backend itself', async () => {
  endpoint = await startPostgresEndpoint();
  const { host, port, users } = postgres();
  const { username: user, password } = users.app;
  const behind = await settingsOf({ host, port, user, password, database: 'app' });
  expect(behind).toHaveProperty('server_version');
  expect(await settingsOf(safePostgres(endpoint, endpoint.token()))).toEqual(behind);
});

it('is refused without TLS before it is asked for the token', async () => {
  endpoint = await startPostgresEndpoint();
  const options = carelessPostgres(endpoint, endpoint.token());
  await expect(connectPostgres(options)).rejects.toMatchObject({
    code: '28000',
    message:
      'no pg_hba.conf entry for host "127.0.0.1", user "jane_doe", database "app", no encryption',
  });
  expect(await endpoint.emulator.received()).toContain('jane_doe');
  expect(await endpoint.emulator.received()).not.toContain('X-Amz-');
  expect(await endpoint.emulator.attempts()).toMatchObject([
    { outcome: 'refused', reason: 'plaintext', tlsEstablished: false },
  ]);
});

it.each([
  { error: /does not support SSL/, options: { tls: false as const }, certificate: {} },
  { error: 'DEPTH_ZERO_SELF_SIGNED_CERT', options: {}, certificate: { selfSigned: true } },
  { error: 'ERR_TLS_CERT_ALTNAME_INVALID', options: {}, certificate: { names: ['other.example'] } },
  {
    error: 'CERT_HAS_EXPIRED',
    options: {},
    certificate: { notAfter: new Date(Date.now() - 1000) },
  },
])('gets no token from a client that says $error', async ({ error, options, certificate }) => {
  endpoint = await startPostgresEndpoint(options, { names: ['localhost'], ...certificate });
  expect(await tryPostgresLogin(safePostgres(endpoint, endpoint.token()))).toMatch(error);
  expect(await endpoint.emulator.received()).not.toContain('X-Amz-');
});

it('shows what a careless client gives to an impostor without TLS', async () => {
  endpoint = await startPostgresEndpoint({ tls: false });
  const token = endpoint.token();
  expect(await tryPostgresLogin(carelessPostgres(endpoint, token))).toBe('accepted');
  expect(await endpoint.emulator.received()).toContain(token);
});

it('accepts a token of 20 kB', async () => {
  const sessionToken = 'x'.repeat(20_000);
  endpoint = await startPostgresEndpoint({
    credentials: { ASIAROLE: { ...KEYS.ASIAROLE, sessionToken } },
  });
  const token = endpoint.token({ accessKeyId: 'ASIAROLE', ...KEYS.ASIAROLE, sessionToken });
  expect(await tryPostgresLogin(safePostgres(endpoint, token))).toBe('accepted');
});

it('denies an IAM user that the backend does not have, and a key whose policy lacks the user', async () => {
  endpoint = await startPostgresEndpoint({
    credentials: { ...KEYS, AKIDOTHER: { secretAccessKey: 'other', users: ['john'] } },
  });
  const stranger = endpoint.token({ username: 'stranger' });
  const other = endpoint.token({ accessKeyId: 'AKIDOTHER', secretAccessKey: 'other' });
  const asStranger = { ...safePostgres(endpoint, stranger), user: 'stranger' };
  await expect(connectPostgres(asStranger)).rejects.toMatchObject({
    code: '28000',
    message: 'PAM authentication failed for user "stranger"',
  });
  expect(await tryPostgresLogin(safePostgres(endpoint, other))).toBe('28000');
  expect(await endpoint.emulator.attempts()).toMatchObject([
    { reason: 'unknown-user' },
    { reason: 'not-authorized' },
  ]);
});

it('forwards the backend’s refusal of an unknown database', async () => {
  endpoint = await startPostgresEndpoint();
  const options = { ...safePostgres(endpoint, endpoint.token()), database: 'nowhere' };
  expect(await tryPostgresLogin(options)).toBe('3D000');
  expect(await endpoint.emulator.attempts()).toMatchObject([
    { outcome: 'refused', reason: 'backend 3D000' },
  ]);
});

it('notes everything about an attempt but the token', async () => {
  endpoint = await startPostgresEndpoint();
  expect(await tryPostgresLogin(safePostgres(endpoint, endpoint.token()))).toBe('accepted');
  const attempts = await endpoint.emulator.attempts();
  expect(attempts).toMatchObject([
    { outcome: 'accepted', username: 'jane_doe', servername: 'localhost', tlsEstablished: true },
  ]);
  expect(JSON.stringify(attempts)).not.toContain('X-Amz-');
});
