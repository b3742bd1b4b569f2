import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createAuthority } from '../emulator/authority';
import { countBy } from '../emulator/attempt-log';
import { administer } from '../emulator/mariadb-administration';
import { forkEmulator } from '../emulator/fork-emulator';
import { administer as administerPostgres } from '../emulator/postgres-administration';
import { startRedis, type RedisServer } from '../emulator/redis-server';
import { mariaDb, postgres } from './backend';
import { CREDENTIALS, REGION, USERNAME } from './rds';

const ROOT = join(__dirname, '../..');
const HOSTNAME = 'mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com';
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The code blocks of one language, in order. */
function snippets(language: string): string[] {
  const fences = readme.matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```/gm);
  return [...fences].flatMap(([, , name, code]) =>
    name === language && code !== undefined ? [code] : [],
  );
}

const [addHook = '', withFlag = '', register = '', fleet = '', tunnel = ''] = snippets('js');

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const [onSequelize7 = ''] = snippets('mjs');

/** How a snippet differs from most of them. */
interface Snippet {
  readonly engine: 'mysql' | 'postgres';
  readonly logins: number;
  /** What the application does besides to end. */
  readonly end: string;
}

describe.each([
  { way: 'adds the hook to an instance', code: addHook, type: 'cjs' },
  { way: 'sets the flag in the options', code: withFlag, type: 'cjs' },
  { way: 'shares the limit through Redis', code: fleet, type: 'cjs', end: 'redis.disconnect();' },
  { way: 'goes through a tunnel', code: tunnel, type: 'cjs' },
  { way: 'uses Sequelize 7', code: onSequelize7, type: 'mjs', engine: 'postgres', logins: 1 },
] as const)('the snippet that $way', ({ code, type, ...rest }) => {
  const { engine = 'mysql', logins = 2, end = '' }: Partial<Snippet> = rest;
  it('logs in as it stands', async () => {
    const { users, ...server } = engine === 'mysql' ? mariaDb() : postgres();
    const authority = await createAuthority();
    const { accessKeyId, ...secrets } = CREDENTIALS;
    const emulator = await forkEmulator({
      engine,
      backend: { ...server, users: { [USERNAME]: users.app } },
      endpoint: { hostname: HOSTNAME, port: engine === 'mysql' ? 3306 : 5432, region: REGION },
      credentials: { [accessKeyId]: secrets },
      tls: await authority.issue({ names: [HOSTNAME] }),
    });
    // Inside the project, so that the package finds itself by its name.
    const file = join(ROOT, `.readme-snippet-${process.pid}.${type}`);
    const run = `sequelize.authenticate().then(() => sequelize.close()).then(() => { ${end} });`;
    writeFileSync(file, `${code}\n${run}\n`);
    try {
      await promisify(execFile)(
        process.execPath,
        ['--require', join(__dirname, '../fixtures/route-to-emulator.cjs'), file],
        {
          env: {
            PATH: process.env.PATH,
            EMULATOR_PORT: String(emulator.port),
            EMULATOR_CA: authority.caPem,
            DB_HOST: HOSTNAME,
            DB_USER: USERNAME,
            DB_NAME: 'app',
            REDIS_URL: `redis://${redis.host}:${redis.port}`,
            AWS_ACCESS_KEY_ID: accessKeyId,
            AWS_SECRET_ACCESS_KEY: secrets.secretAccessKey,
            AWS_SESSION_TOKEN: secrets.sessionToken,
          },
        },
      );
      expect(countBy(await emulator.attempts(), 'outcome')).toEqual({ accepted: logins });
    } finally {
      rmSync(file);
      await emulator.close();
    }
  });
});

it('shows the line of .sequelizerc and models/index.js that the example project has', () => {
  for (const file of ['.sequelizerc', 'models/index.js']) {
    expect(readFileSync(join(ROOT, 'examples/sequelize-cli', file), 'utf8')).toContain(register);
  }
});

it('shows SQL that a server of this kind understands, but for AWS’s plugin', async () => {
  const server = administer(mariaDb());
  const [createUser = '', requireSsl = '', grant = ''] = (snippets('sql')[0] ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

  await expect(server.sql(createUser)).rejects.toThrow(
    "Plugin 'AWSAuthenticationPlugin' is not loaded",
  );
  await server.sql("CREATE USER 'app_user' IDENTIFIED BY 'not used'");
  await expect(server.sql(requireSsl)).resolves.toEqual([]);
  await expect(server.sql(grant)).resolves.toEqual([]);
  await server.sql("DROP USER 'app_user'");
});

it('shows SQL that PostgreSQL understands, where AWS’s role exists', async () => {
  const server = administerPostgres(postgres());
  const statements = (snippets('sql')[1] ?? '').trim().split(/;\s*/).filter(Boolean);

  await server.sql('CREATE ROLE rds_iam');
  for (const statement of statements) await server.sql(statement);
  const granted = await server.sql(
    "SELECT pg_has_role('app_user', 'rds_iam', 'member') AS is_member",
  );
  expect(statements).toHaveLength(3);
  expect(granted).toEqual([{ is_member: true }]);
  await server.sql('DROP OWNED BY app_user');
  await server.sql('DROP ROLE app_user, rds_iam');
});

it('shows a policy that is JSON and allows rds-db:connect on a resource id', () => {
  const policy: unknown = JSON.parse(snippets('json')[0] ?? '');

  expect(policy).toMatchObject({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'rds-db:connect',
        Resource: expect.stringMatching(
          /^arn:aws:rds-db:[a-z0-9-]+:\d{12}:dbuser:cluster-[A-Z0-9]+\/\w+$/,
        ) as string,
      },
    ],
  });
});

it('shows commands that exist', () => {
  const { scripts, name } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
    name: string;
  };
  const commands = snippets('sh').join('').trim().split('\n');

  expect(commands).toEqual([`npm install ${name}`, 'npm run demo', 'npm test']);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['demo', 'test', 'check:fast']));
});

it('lists every error code, and no other', () => {
  const source = readFileSync(join(ROOT, 'src/errors.ts'), 'utf8');
  const codes = (text: string) => [...new Set(text.match(/ERR_IAM_AUTH_[A-Z]+/g))].sort();

  expect(codes(readme)).toEqual(codes(source));
});
