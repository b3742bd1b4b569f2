import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { countBy, createAuthority } from 'rds-iam-emulator';
import { administer } from '../../harness/mariadb-administration';
import { forkEmulator } from '../../harness/fork-emulator';
import { administer as administerPostgres } from '../../harness/postgres-administration';
import { startRedis, type RedisServer } from '../../harness/redis-server';
import { fencesOf, linksOf } from '../../harness/markdown';
import { mariaDb, postgres } from '../../harness/backend';
import { CREDENTIALS, REGION, USERNAME } from '../../harness/rds';

const ROOT = join(__dirname, '../../..');
const HOSTNAME = 'mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com';
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const snippets = (language: string) =>
  fencesOf(readme)
    .filter((fence) => fence.language === language)
    .map(({ code }) => code);

/** The programs among the snippets, with what the application does besides to end. */
const programs = (['js', 'mjs'] as const).flatMap((type) =>
  snippets(type)
    .filter((code) => code.includes('new Sequelize('))
    .map((code) => ({
      shows: /addIamAuth\(.*|withIamAuth\(.*/.exec(code)?.[0] ?? 'no IAM authentication',
      code,
      type: type === 'js' ? 'cjs' : 'mjs',
      engine: code.includes('Postgres') ? ('postgres' as const) : ('mysql' as const),
      // Sequelize 6 asks for the server's version on a connection of its own.
      logins: code.includes('@sequelize/core') ? 1 : 2,
      end: code.includes('new Redis(') ? 'redis.disconnect();' : '',
    })),
);

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

describe.each(programs)('the snippet with $shows', ({ code, type, engine, logins, end }) => {
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
        ['--require', join(__dirname, '../../fixtures/route-to-emulator.cjs'), file],
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

it('shows programs for each way and both versions, and no code that no test runs', () => {
  const others = [...snippets('js'), ...snippets('ts'), ...snippets('mjs')].filter(
    (code) => !programs.some((program) => program.code === code),
  );

  expect(new Set(programs.map(({ type }) => type))).toEqual(new Set(['cjs', 'mjs']));
  for (const way of ['addIamAuth(', 'withIamAuth(', 'createRedisLimiter(']) {
    expect(programs.filter(({ code }) => code.includes(way))).not.toEqual([]);
  }
  // The line of .sequelizerc and of models/index.js, as the example project has it.
  for (const file of ['.sequelizerc', 'models/index.js']) {
    const text = readFileSync(join(ROOT, 'examples/sequelize-cli', file), 'utf8');
    expect(others.filter((code) => !text.includes(code))).toEqual([]);
  }
});

it('shows SQL that a server of this kind understands, but for AWS’s plugin', async () => {
  const server = administer(mariaDb());
  const [createUser = '', requireSsl = '', grant = ''] = (
    snippets('sql').find((sql) => sql.includes('AWSAuthenticationPlugin')) ?? ''
  )
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
  const statements = (snippets('sql').find((sql) => sql.includes('rds_iam')) ?? '')
    .trim()
    .split(/;\s*/)
    .filter(Boolean);

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

it('names commands and error codes that exist, and links to the tables of all', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
    name: string;
  };
  const codes = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8').match(/ERR_IAM_AUTH_[A-Z_]+/g);
  const scripts = [...readme.matchAll(/npm (?:run )?(\w+)/g)]
    .map(([, script = '']) => script)
    .filter((script) => script !== 'install');

  expect(snippets('sh').join('')).toContain(`npm install ${manifest.name}\n`);
  expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(scripts));
  expect(codes).toEqual(expect.arrayContaining(readme.match(/ERR_IAM_AUTH_[A-Z_]+/g) ?? []));
  for (const page of ['errors', 'options', 'doctor', 'limits']) {
    expect(linksOf(readme).some((link) => link.endsWith(`/docs/${page}.md`))).toBe(true);
  }
});

describe('README.ja.md', () => {
  const japanese = readFileSync(join(ROOT, 'README.ja.md'), 'utf8');

  it('shows the code of README.md, in its order', () => {
    const blocks = (page: string) =>
      fencesOf(page).map(({ language, code }) => ({ language, code }));

    expect(blocks(japanese)).toEqual(blocks(readme));
  });

  it('links to each page that README.md links to, and the two to each other', () => {
    const pages = (page: string) =>
      linksOf(page).filter((link) => link.includes('/docs/') && link.includes('/main/'));

    expect(pages(japanese)).toEqual(expect.arrayContaining(pages(readme)));
    expect(linksOf(readme).some((link) => link.endsWith('/README.ja.md'))).toBe(true);
    expect(linksOf(japanese).some((link) => link.endsWith('/README.md'))).toBe(true);
  });
});
