import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { startDatabase, startEmulator, type DatabaseServer } from 'rds-iam-emulator';
import { startEndpoint } from '../../../test/harness/emulated-endpoint';
import { safeOptions } from '../../../test/harness/mysql2-clients';
import { codeOf } from '../../../test/harness/error-code';
import { administer } from '../../../test/harness/postgres-administration';
import { findWitnesses } from '../../../test/harness/programs';
import { startCachingSha2Server, type CachingSha2Server } from '../harness/caching-sha2-server';
import { query } from '../harness/emulator-clients';

describe('a PostgreSQL whose pg_hba.conf is its own', () => {
  let server: DatabaseServer;
  const sql = (statement: string) =>
    administer({ ...server, superuserPassword: server.password }).sql(statement);
  const url = () =>
    `postgres://${server.username}:${server.password}@${server.host}:${server.port}/postgres`;
  beforeAll(async () => {
    server = await startDatabase('postgres');
    await sql("CREATE ROLE scram_user LOGIN PASSWORD 'pass-word é'");
    await sql("SET password_encryption = 'md5'; CREATE ROLE md5_user LOGIN PASSWORD 'pass:word é'");
  });
  afterAll(() => server.stop());

  /** The superuser's line stays, so that it can be undone. */
  async function allow(method: string): Promise<void> {
    const [row] = await sql("SELECT current_setting('hba_file') AS path");
    const lines = `SELECT 'host all postgres all scram-sha-256' UNION ALL SELECT 'host all all all ${method}'`;
    await sql(`COPY (${lines}) TO '${String(row?.['path'])}'`);
    await sql('SELECT pg_reload_conf()');
    const rules = 'SELECT auth_method FROM pg_hba_file_rules ORDER BY line_number';
    expect(await sql(rules)).toEqual([{ auth_method: 'scram-sha-256' }, { auth_method: method }]);
  }

  it.each([
    { method: 'scram-sha-256', user: 'new_user' },
    { method: 'scram-sha-256', user: 'scram_user:pass-word é' },
    { method: 'md5', user: 'new_user' },
    { method: 'md5', user: 'md5_user:pass:word é' },
    { method: 'password', user: 'md5_user:pass:word é' },
  ])('takes $user by $method', async ({ method, user }) => {
    await allow(method);
    const emulator = await startEmulator({ backend: url(), users: [user] });
    try {
      const [row] = await query(emulator, 'SELECT current_user AS name');
      expect(row).toEqual({ name: user.split(':')[0] });
    } finally {
      await emulator.close();
    }
  });

  it('is given what it keeps of a new user’s password, and not the password, which it could log', async () => {
    // A password in clear would be kept as this.
    await sql("ALTER SYSTEM SET password_encryption = 'md5'");
    await sql('SELECT pg_reload_conf()');
    const emulator = await startEmulator({ backend: url(), users: ['new_user'] });
    const [kept] = await sql(
      "SELECT rolpassword AS text FROM pg_authid WHERE rolname = 'new_user'",
    );
    await emulator.close();
    expect(String(kept?.['text'])).toMatch(/^SCRAM-SHA-256\$4096:/);
  });
});

describe('a MySQL with caching_sha2_password, as its documentation has it', () => {
  const password = 'a secret, longer than the nonce with which it is masked: é';
  let server: CachingSha2Server;
  beforeEach(async () => {
    server = await startCachingSha2Server(password);
  });
  afterEach(() => server.close());

  it('is one to mysql2 and to MariaDB’s own client', async () => {
    const options = { host: '127.0.0.1', port: server.port, user: 'app', password };
    for (let login = 0; login < 2; login += 1) {
      const connection = await createConnection(options);
      await connection.ping();
      connection.destroy();
    }
    expect(server.logins).toEqual(['full', 'fast']);

    const { mariadb } = findWitnesses();
    if (!('path' in mariadb)) throw new Error(mariadb.missing);
    const address = [`--port=${server.port}`, '--host=127.0.0.1', '--protocol=tcp', '--skip-ssl'];
    await promisify(execFile)(
      mariadb.path,
      ['--no-defaults', ...address, '--user=app', '--batch', '--execute=DO 1'],
      { env: { ...process.env, MYSQL_PWD: password } },
    );
    expect(server.logins).toEqual(['full', 'fast', 'fast']);
  });

  const endpointFor = (backendPassword: string) =>
    startEndpoint({
      backend: {
        host: '127.0.0.1',
        port: server.port,
        users: { jane_doe: { username: 'app', password: backendPassword } },
      },
    });

  it('lets the emulator in, by the server’s key first, then from its cache', async () => {
    const endpoint = await endpointFor(password);
    try {
      for (let login = 0; login < 2; login += 1) {
        const connection = await createConnection(safeOptions(endpoint, endpoint.token()));
        await connection.ping();
        connection.destroy();
      }
      expect(server.logins).toEqual(['full', 'fast']);
    } finally {
      await endpoint.emulator.close();
    }
  });

  it('refuses the emulator with a wrong password, which the client hears', async () => {
    const endpoint = await endpointFor('wrong');
    try {
      const login = createConnection(safeOptions(endpoint, endpoint.token())).then(
        () => 'accepted',
        codeOf,
      );
      expect(await login).toBe('ER_ACCESS_DENIED_ERROR');
      expect(server.logins).toEqual(['denied']);
      const [attempt] = await endpoint.emulator.attempts();
      expect(attempt).toMatchObject({ outcome: 'refused', reason: 'backend 1045' });
    } finally {
      await endpoint.emulator.close();
    }
  });
});
