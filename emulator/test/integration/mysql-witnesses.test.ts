import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TokenRequest } from '../../../test/harness/sign-token';
import { mariaDb } from '../../../test/harness/backend';
import {
  ENDPOINT,
  KEYS,
  startEndpoint,
  type EmulatedEndpoint,
} from '../../../test/harness/emulated-endpoint';
import { badTokens, HOSTNAME, keys, signers, SPECIAL_USER } from '../harness/witness-cases';
import { INSTALL_TIMEOUT_MS, mariaDbCli, prepareWitnesses } from '../../../test/harness/witnesses';

jest.setTimeout(60_000);

let endpoint: EmulatedEndpoint;
let folder: string;
let caFile: string;

beforeAll(prepareWitnesses, INSTALL_TIMEOUT_MS);
beforeAll(async () => {
  const { host, port, users } = mariaDb();
  endpoint = await startEndpoint({
    endpoint: { hostname: HOSTNAME, region: ENDPOINT.region },
    backend: { host, port, users: { jane_doe: users.app, [SPECIAL_USER]: users.app } },
  });
  folder = mkdtempSync(join(tmpdir(), 'sequelize-rds-iam-test-'));
  caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, endpoint.caPem);
});
afterEach(() => endpoint.emulator.clear());
afterAll(async () => {
  await endpoint.emulator.close();
  rmSync(folder, { recursive: true });
});

const logIn = (password: string, username = ENDPOINT.username) =>
  mariaDbCli({
    port: endpoint.emulator.port,
    username,
    password,
    statement: "SELECT CURRENT_USER(), REPEAT('x', 3)",
    caFile,
  });

const goodToken = (changes: Partial<TokenRequest> = {}) =>
  endpoint.token({ hostname: HOSTNAME, ...changes });

describe.each(signers)('a token from $tool', ({ sign }) => {
  it.each(keys)('logs the mariadb client in with $key', async ({ credentials }) => {
    const { port } = endpoint.emulator;
    const token = await sign({
      hostname: HOSTNAME,
      port,
      username: SPECIAL_USER,
      region: ENDPOINT.region,
      credentials,
    });
    expect(await logIn(token, SPECIAL_USER)).toEqual({
      status: 0,
      stdout: 'app@%\txxx\n',
      stderr: '',
    });
    expect(await endpoint.emulator.attempts()).toMatchObject([
      { outcome: 'accepted', tlsEstablished: true, username: SPECIAL_USER },
    ]);
  });
});

describe('the mariadb client is denied access', () => {
  it.each(badTokens)('for its $reason', async ({ reason, changes }) => {
    const { status, stderr } = await logIn(goodToken(changes));
    expect(status).toBe(1);
    expect(stderr).toContain("ERROR 1045 (28000): Access denied for user 'jane_doe'");
    expect(await endpoint.emulator.attempts()).toMatchObject([{ outcome: 'denied', reason }]);
  });

  it('with an empty password', async () => {
    const { status, stderr } = await logIn('');
    expect(status).toBe(1);
    expect(stderr).toContain('Access denied');
  });
});

it('takes the token from a mariadb client that sends it unasked, with its first packet', async () => {
  const { stdout } = await mariaDbCli({
    port: endpoint.emulator.port,
    username: ENDPOINT.username,
    password: goodToken({ accessKeyId: 'ASIAROLE', ...KEYS.ASIAROLE }),
    statement: 'SELECT CURRENT_USER()',
    caFile,
    plugin: 'mysql_clear_password',
  });
  expect(stdout).toBe('app@%\n');
  expect((await endpoint.emulator.received()).match(/X-Amz-Signature/g)).toHaveLength(1);
});

it('passes on what the backend says to a login', async () => {
  const { status, stderr } = await mariaDbCli({
    port: endpoint.emulator.port,
    username: ENDPOINT.username,
    password: goodToken(),
    statement: 'USE nowhere',
    caFile,
  });
  expect(status).toBe(1);
  expect(stderr).toContain("ERROR 1049 (42000) at line 1: Unknown database 'nowhere'");
});

it('refuses the mariadb client without TLS before it asks for the token', async () => {
  const token = goodToken();
  const { status, stderr } = await mariaDbCli({
    port: endpoint.emulator.port,
    username: ENDPOINT.username,
    password: token,
    statement: 'SELECT 1',
  });
  expect(status).toBe(1);
  expect(stderr).toContain('ERROR 3159');
  expect(await endpoint.emulator.received()).toContain(ENDPOINT.username);
  expect(await endpoint.emulator.received()).not.toContain('X-Amz-');
  expect(await endpoint.emulator.attempts()).toMatchObject([
    { outcome: 'refused', reason: 'plaintext', tlsEstablished: false },
  ]);
});
