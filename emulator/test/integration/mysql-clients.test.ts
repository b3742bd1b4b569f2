import { createHash, randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import {
  KEYS,
  startEndpoint,
  type EmulatedEndpoint,
} from '../../../test/harness/emulated-endpoint';
import {
  carelessOptions,
  drivers,
  safeOptions,
  tryLogin,
  type DriverConnection,
} from '../../../test/harness/mysql2-clients';

let endpoint: EmulatedEndpoint;
afterEach(() => endpoint.emulator.close());

const greetings = ['mysql_native_password', 'caching_sha2_password'] as const;

describe.each(drivers)('mysql2 $version', (driver) => {
  describe.each(greetings)('greeted with %s', (greeting) => {
    let connection: DriverConnection;
    beforeEach(async () => {
      endpoint = await startEndpoint({ greeting });
      const options = safeOptions(endpoint, endpoint.token());
      connection = await driver.createConnection({ ...options, database: 'app' });
    });
    afterEach(() => connection.end());

    it('logs in to the database it asked for and prepares statements', async () => {
      const [rows] = await connection.execute('SELECT DATABASE() AS db, ? + 1 AS sum, ? AS text', [
        41,
        'žluť 🐎',
      ]);
      expect(rows).toEqual([{ db: 'app', sum: 42, text: 'žluť 🐎' }]);
    });

    it('reads many rows and writes megabytes', async () => {
      const [rows] = await connection.query(
        "SELECT seq, REPEAT('x', 200) AS filler FROM seq_1_to_20000",
      );
      expect(rows).toHaveLength(20_000);
      const blob = randomBytes(3_000_000);
      const [hashes] = await connection.query('SELECT SHA2(?, 256) AS hash', [blob]);
      expect(hashes).toEqual([{ hash: createHash('sha256').update(blob).digest('hex') }]);
    });

    it('reports the backend’s errors', async () => {
      await expect(connection.query('SELECT * FROM missing')).rejects.toThrow(/doesn't exist/);
    });
  });

  it('is refused without TLS before it is asked for the token', async () => {
    endpoint = await startEndpoint();
    const token = endpoint.token();
    await expect(driver.createConnection(carelessOptions(endpoint, token))).rejects.toMatchObject({
      errno: 3159,
    });
    expect(await endpoint.emulator.received()).not.toContain('X-Amz-');
    expect(await endpoint.emulator.attempts()).toMatchObject([
      { outcome: 'refused', reason: 'plaintext', tlsEstablished: false },
    ]);
  });

  it('sends no token to a server without TLS, of another authority or of another name', async () => {
    for (const impostor of [
      { options: { tls: false as const }, certificate: { names: ['localhost'] } },
      { options: {}, certificate: { names: ['localhost'], selfSigned: true } },
      { options: {}, certificate: { names: ['other.example'] } },
      { options: {}, certificate: { names: ['localhost'], notAfter: new Date(Date.now() - 1000) } },
    ]) {
      endpoint = await startEndpoint(impostor.options, impostor.certificate);
      await expect(
        driver.createConnection(safeOptions(endpoint, endpoint.token())),
      ).rejects.toMatchObject({
        code: expect.stringMatching(/^HANDSHAKE_(?:NO_SSL_SUPPORT|SSL_ERROR)$/) as unknown,
      });
      expect(await endpoint.emulator.received()).not.toContain('X-Amz-');
      await endpoint.emulator.close();
    }
  });
});

it('shows what a careless client gives to an impostor without TLS', async () => {
  endpoint = await startEndpoint({ tls: false });
  const token = endpoint.token();
  expect(await tryLogin(carelessOptions(endpoint, token))).toBe('accepted');
  expect(await endpoint.emulator.received()).toContain(token);
});

it('does not agree to compression, so that what it records can be searched', async () => {
  endpoint = await startEndpoint();
  const options = safeOptions(endpoint, endpoint.token());
  const connection = await createConnection({ ...options, compress: true });
  const text = 'needle'.repeat(100);
  expect((await connection.query('SELECT ? AS text', [text]))[0]).toEqual([{ text }]);
  await connection.end();
  expect(await endpoint.emulator.received()).toContain(text);
});

it('accepts a token of 20 kB', async () => {
  const sessionToken = 'x'.repeat(20_000);
  endpoint = await startEndpoint({ credentials: { ASIAROLE: { ...KEYS.ASIAROLE, sessionToken } } });
  const token = endpoint.token({ accessKeyId: 'ASIAROLE', ...KEYS.ASIAROLE, sessionToken });
  expect(await tryLogin(safeOptions(endpoint, token))).toBe('accepted');
});

it('denies an IAM user that the backend does not have, and a key whose policy lacks the user', async () => {
  endpoint = await startEndpoint({
    credentials: { ...KEYS, AKIDOTHER: { secretAccessKey: 'other', users: ['john'] } },
  });
  const stranger = endpoint.token({ username: 'stranger' });
  const other = endpoint.token({ accessKeyId: 'AKIDOTHER', secretAccessKey: 'other' });
  expect(await tryLogin({ ...safeOptions(endpoint, stranger), user: 'stranger' })).toBe(
    'ER_ACCESS_DENIED_ERROR',
  );
  expect(await tryLogin(safeOptions(endpoint, other))).toBe('ER_ACCESS_DENIED_ERROR');
  expect(await endpoint.emulator.attempts()).toMatchObject([
    { reason: 'unknown-user' },
    { reason: 'not-authorized' },
  ]);
});

it('forwards the backend’s refusal of an unknown database', async () => {
  endpoint = await startEndpoint();
  const options = safeOptions(endpoint, endpoint.token());
  expect(await tryLogin({ ...options, database: 'nowhere' })).toBe('ER_BAD_DB_ERROR');
  expect(await endpoint.emulator.attempts()).toMatchObject([
    { outcome: 'refused', reason: 'backend 1049' },
  ]);
});

it('notes everything about an attempt but the token', async () => {
  endpoint = await startEndpoint();
  expect(await tryLogin(safeOptions(endpoint, endpoint.token()))).toBe('accepted');
  const attempts = await endpoint.emulator.attempts();
  expect(attempts).toMatchObject([
    { outcome: 'accepted', username: 'jane_doe', servername: 'localhost', tlsEstablished: true },
  ]);
  expect(JSON.stringify(attempts)).not.toContain('X-Amz-');
});
