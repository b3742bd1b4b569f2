import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TokenRequest } from '../../../test/harness/sign-token';
import { postgres } from '../../../test/harness/backend';
import {
  ENDPOINT,
  startPostgresEndpoint,
  type EmulatedPostgres,
} from '../../../test/harness/emulated-endpoint';
import { badTokens, HOSTNAME, keys, signers, SPECIAL_USER } from '../harness/witness-cases';
import { INSTALL_TIMEOUT_MS, prepareWitnesses, psql } from '../../../test/harness/witnesses';

let endpoint: EmulatedPostgres;
let folder: string;
let caFile: string;

beforeAll(prepareWitnesses, INSTALL_TIMEOUT_MS);
beforeAll(async () => {
  const { host, port, users } = postgres();
  endpoint = await startPostgresEndpoint(
    {
      endpoint: { hostname: HOSTNAME, region: ENDPOINT.region },
      backend: { host, port, users: { jane_doe: users.app, [SPECIAL_USER]: users.app } },
    },
    { names: [HOSTNAME] },
  );
  folder = mkdtempSync(join(tmpdir(), 'sequelize-rds-iam-test-'));
  caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, endpoint.caPem);
});
afterEach(async () => {
  await endpoint.emulator.setFaults({});
  await endpoint.emulator.clear();
});
afterAll(async () => {
  await endpoint.emulator.close();
  rmSync(folder, { recursive: true });
});

const run = (password: string, statement: string, username = ENDPOINT.username) =>
  psql({
    hostname: HOSTNAME,
    port: endpoint.emulator.port,
    username,
    password,
    statement,
    caFile,
  });
const logIn = (password: string, username?: string) =>
  run(password, "SELECT current_user, repeat('x', 3)", username);

const goodToken = (changes: Partial<TokenRequest> = {}) =>
  endpoint.token({ hostname: HOSTNAME, ...changes });

describe.each(signers)('a token from $tool', ({ sign }) => {
  it.each(keys)('logs psql in with $key', async ({ credentials }) => {
    const token = await sign({
      hostname: HOSTNAME,
      port: endpoint.emulator.port,
      username: SPECIAL_USER,
      region: ENDPOINT.region,
      credentials,
    });
    expect(await logIn(token, SPECIAL_USER)).toEqual({
      status: 0,
      stdout: 'app|xxx\n',
      stderr: '',
    });
    expect(await endpoint.emulator.attempts()).toMatchObject([
      {
        outcome: 'accepted',
        tlsEstablished: true,
        username: SPECIAL_USER,
        servername: HOSTNAME,
      },
    ]);
  });
});

describe('psql is refused', () => {
  it.each(badTokens)('for its $reason', async ({ reason, changes }) => {
    const { status, stderr } = await logIn(goodToken(changes));
    expect(status).toBe(2);
    expect(stderr).toContain('FATAL:  PAM authentication failed for user "jane_doe"');
    expect(await endpoint.emulator.attempts()).toMatchObject([{ outcome: 'denied', reason }]);
  });

  it('without TLS before it is asked for the token', async () => {
    const { status, stderr } = await psql({
      hostname: HOSTNAME,
      port: endpoint.emulator.port,
      username: ENDPOINT.username,
      password: goodToken(),
      statement: 'SELECT 1',
    });
    expect(status).toBe(2);
    expect(stderr).toContain(
      'FATAL:  no pg_hba.conf entry for host "127.0.0.1", user "jane_doe", database "app", no encryption',
    );
    expect(await endpoint.emulator.received()).toContain(ENDPOINT.username);
    expect(await endpoint.emulator.received()).not.toContain('X-Amz-');
    expect(await endpoint.emulator.attempts()).toMatchObject([
      { outcome: 'refused', reason: 'plaintext', tlsEstablished: false },
    ]);
  });

  it('beyond the limit', async () => {
    await endpoint.emulator.setLimit(0);
    const { stderr } = await logIn(goodToken());
    await endpoint.emulator.setLimit();
    expect(stderr).toContain('FATAL:  PAM authentication failed for user "jane_doe"');
    expect(await endpoint.emulator.attempts()).toMatchObject([{ outcome: 'throttled' }]);
  });
});

it.each(['md5', 'scram-sha-256', 'gss'] as const)(
  'gets no token from psql when it asks for %s',
  async (authMethod) => {
    await endpoint.emulator.setFaults({ authMethod });
    const { status } = await logIn(goodToken());
    expect(status).toBe(2);
    expect(await endpoint.emulator.received()).toContain(ENDPOINT.username);
    expect(await endpoint.emulator.received()).not.toContain('X-Amz-');
  },
);

it('passes on what the backend says to a statement', async () => {
  const { status, stderr } = await run(goodToken(), 'SELECT * FROM nowhere');
  expect(status).toBe(1);
  expect(stderr).toContain('ERROR:  relation "nowhere" does not exist');
});

it('passes COPY on', async () => {
  const { stdout } = await run(
    goodToken(),
    'COPY (SELECT n, n * n FROM generate_series(1, 20000) AS n) TO STDOUT',
  );
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(20_000);
  expect(lines.at(-1)).toBe('20000\t400000000');
});
