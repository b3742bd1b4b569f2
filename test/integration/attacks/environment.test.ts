import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, type Authority } from 'rds-iam-emulator';
import { ROOT, runNode } from '../../harness/child';
import {
  ENDPOINT,
  KEYS,
  startEndpoint,
  startPostgresEndpoint,
} from '../../harness/emulated-endpoint';
import { withoutAws } from '../../harness/named-rds';

const engines = [
  { dialect: 'mysql', start: startEndpoint },
  { dialect: 'postgres', start: startPostgresEndpoint },
] as const;

/** What an environment may say, of which nothing may change where a token goes. */
const STEERING = {
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_ENDPOINT_URL_RDS: 'http://127.0.0.1:1',
  AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1',
  AWS_ACCESS_KEY_ID: 'EVIL',
  AWS_SECRET_ACCESS_KEY: 'evil',
  PGHOST: 'evil.example',
  PGPORT: '1',
  PGUSER: 'admin',
  PGPASSWORD: 'evil',
  PGSSLMODE: 'disable',
  PGSSLNEGOTIATION: 'postgres',
  PGSERVICE: 'evil',
  MYSQL_HOST: 'evil.example',
  MYSQL_TCP_PORT: '1',
  MYSQL_PWD: 'evil',
};

describe.each(engines)('on $dialect', ({ dialect, start }) => {
  let rds: Awaited<ReturnType<typeof start>>;
  let other: Authority;
  let folder: string;
  beforeAll(async () => {
    rds = await start();
    other = await createAuthority('Another authority');
    folder = mkdtempSync(join(tmpdir(), 'sequelize-rds-iam-attacks-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await rds.emulator.close();
  });

  async function logIn(ca: string, environment: NodeJS.ProcessEnv = {}, pollution: object = {}) {
    const { secretAccessKey } = KEYS.AKIDUSER;
    const { username } = ENDPOINT;
    const attack = { dialect, port: rds.emulator.port, ca, username, secretAccessKey, pollution };
    const env = {
      ...withoutAws(process.env),
      TS_NODE_PROJECT: join(ROOT, 'test/fixtures/tsconfig.built.json'),
      ...environment,
    };
    const file = join(ROOT, 'test/fixtures/attacked-login.ts');
    const args = ['--require', 'esbuild-register', file, JSON.stringify(attack)];
    const { stdout } = await runNode(args, { env, timeout: 60_000 });
    return stdout;
  }

  it('an environment changes neither the host, the user, the Region, the keys nor TLS', async () => {
    expect(await logIn(rds.caPem, STEERING)).toBe('accepted');
  });

  it.each([
    { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    { NODE_EXTRA_CA_CERTS: 'emulator.pem' },
    { SSL_CERT_FILE: 'emulator.pem', NODE_OPTIONS: '--use-openssl-ca' },
  ])('a server that the roots do not certify gets no token, with %j', async (environment) => {
    writeFileSync(join(folder, 'emulator.pem'), rds.caPem);
    const named = Object.entries(environment).map(([name, value]) => [
      name,
      value.endsWith('.pem') ? join(folder, value) : value,
    ]);
    const before = (await rds.emulator.received()).length;
    expect(await logIn(other.caPem, Object.fromEntries(named) as NodeJS.ProcessEnv)).toMatch(
      /self-signed certificate|unable to (?:verify|get)/,
    );
    expect((await rds.emulator.received()).slice(before)).not.toContain('X-Amz');
  });

  it.each(['ca', 'pfx', 'session', 'ssl', 'stream', 'checkServerIdentity', 'rejectUnauthorized'])(
    'nothing is sent while Object.prototype.%s is set',
    async (name) => {
      const before = (await rds.emulator.received()).length;
      expect(await logIn(other.caPem, {}, { [name]: rds.caPem })).toContain(
        `Object.prototype.${name} is set`,
      );
      expect(await rds.emulator.received()).toHaveLength(before);
    },
  );
});
