import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { countBy } from 'rds-iam-emulator';
import { administer } from '../../harness/mariadb-administration';
import { mariaDb } from '../../harness/backend';
import { ROOT } from '../../harness/child';
import { startNamedRds, type NamedRds } from '../../harness/named-rds';
import { USERNAME } from '../../harness/rds';
import { createCliApp, type CliApp } from '../../harness/sequelize-cli-app';

const EXAMPLE = join(ROOT, 'examples/sequelize-cli');
const ASYNC_CONFIG = join(ROOT, 'examples/async-config');
const REGISTER = "require('sequelize-rds-iam/register');";
const MIGRATION = '20260101000000-create-person';
const COUNT_PEOPLE = `
  const { Person, sequelize } = require('./models');
  Person.count().then((people) => console.log(people)).then(() => sequelize.close());
`;

// Each command is a process of its own.
jest.setTimeout(60_000);

describe('the example sequelize-cli', () => {
  let generated: CliApp;
  let example: CliApp;
  beforeEach(() => {
    generated = createCliApp();
    example = createCliApp([EXAMPLE]);
  });
  afterEach(() => {
    generated.remove();
    example.remove();
  });

  it('is what `sequelize-cli init` generates, but for one line in models/index.js and the flag', async () => {
    const { exitCode } = await generated.cli('init');

    expect(exitCode).toBe(0);
    expect(linesOf(example.read('models/index.js'))).toContain(REGISTER);
    expect(without(REGISTER, linesOf(example.read('models/index.js')))).toEqual(
      linesOf(generated.read('models/index.js')),
    );
    const { iamAuth, ...rest } = example.readEnvironment();
    expect(iamAuth).toBe(true);
    expect(Object.keys(rest)).toEqual(Object.keys(generated.readEnvironment()));
    expect(linesOf(example.read('.sequelizerc'))).toEqual([REGISTER, '']);
  });
});

describe('a copy of the example, on a database of its own', () => {
  const server = administer(mariaDb());
  let rds: NamedRds;
  let database: string;
  let app: CliApp;
  beforeAll(async () => {
    rds = await startNamedRds();
  });
  beforeEach(async () => {
    database = `people_${randomBytes(4).toString('hex')}`;
    await server.createDatabase(database);
    await rds.emulator.clear();
    app = createCliApp([EXAMPLE], rds.environment);
    app.writeEnvironment({
      ...app.readEnvironment(),
      username: USERNAME,
      database,
      port: rds.emulator.port,
      dialectOptions: { ssl: { ca: rds.caPem } },
    });
  });
  afterEach(async () => {
    app.remove();
    await server.sql(`DROP DATABASE ${database}`);
  });
  afterAll(() => rds.emulator.close());

  const outcomes = async () => countBy(await rds.emulator.attempts(), 'outcome');
  const tables = () => server.sql(`SHOW TABLES FROM ${database} LIKE 'People'`);

  it('migrates, tells the status, seeds, serves the models of an app, and migrates back', async () => {
    const migrated = await app.cli('db:migrate');
    expect(migrated).toMatchObject({ exitCode: 0, stderr: '' });
    expect(migrated.stdout).toContain(`== ${MIGRATION}: migrated`);
    expect(await tables()).toHaveLength(1);

    const status = await app.cli('db:migrate:status');
    expect(status).toMatchObject({ exitCode: 0, stderr: '' });
    expect(status.stdout).toContain(`up ${MIGRATION}.js`);

    const seeded = await app.cli('db:seed:all');
    expect(seeded).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await server.sql(`SELECT name FROM ${database}.People ORDER BY name`)).toEqual([
      { name: 'Ada' },
      { name: 'Grace' },
    ]);

    const counted = await app.node(COUNT_PEOPLE);
    expect(counted).toMatchObject({ exitCode: 0, stderr: '' });
    expect(counted.stdout).toMatch(/^2$/m);

    const undone = await app.cli('db:migrate:undo');
    expect(undone).toMatchObject({ exitCode: 0, stderr: '' });
    expect(undone.stdout).toContain(`== ${MIGRATION}: reverted`);
    expect(await tables()).toEqual([]);

    // Each of the five processes opens two connections: one to ask for the server's version, one for its pool.
    expect(await outcomes()).toEqual({ accepted: 10 });
  });

  it('cannot log in without the line in .sequelizerc', async () => {
    app.remove('.sequelizerc');

    const { exitCode, stderr } = await app.cli('db:migrate');

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/ERROR: Server requested authentication using mysql_clear_password/);
    expect((await outcomes()).accepted).toBeUndefined();
    expect(await tables()).toEqual([]);
  });

  it.each([
    {
      mistake: 'an unknown option',
      iamAuth: { regoin: 'ap-northeast-1' },
      message: /^ERROR: Unknown option iamAuth\.regoin; the known ones are region, /m,
    },
    {
      mistake: 'a flag that is text',
      iamAuth: 'true',
      message: /^ERROR: iamAuth must be true, false or an object of options, not "true"/m,
    },
  ])('prints what is wrong with $mistake, and connects nowhere', async ({ iamAuth, message }) => {
    app.writeEnvironment({ ...app.readEnvironment(), iamAuth });

    const { exitCode, stdout, stderr } = await app.cli('db:migrate');

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
    expect(stdout + stderr).not.toMatch(/unhandled/i);
    expect(await rds.emulator.attempts()).toEqual([]);
  });

  it('reads the address from a URL in the environment, for commands and for models', async () => {
    const { hostname, emulator, environment } = rds;
    app.remove();
    app = createCliApp([EXAMPLE], {
      ...environment,
      DATABASE_URL: `mysql://${USERNAME}@${hostname}:${emulator.port}/${database}`,
    });
    app.writeEnvironment({
      use_env_variable: 'DATABASE_URL',
      dialect: 'mysql',
      iamAuth: true,
    });

    expect(await app.cli('db:migrate')).toMatchObject({ exitCode: 0, stderr: '' });
    const counted = await app.node(COUNT_PEOPLE);

    expect(counted).toMatchObject({ exitCode: 0, stderr: '' });
    expect(counted.stdout).toMatch(/^0$/m);
    expect(await outcomes()).toEqual({ accepted: 4 });
  });

  it('cannot log an app in without the line in models/index.js', async () => {
    await app.cli('db:migrate');
    await rds.emulator.clear();

    app.write('models/index.js', app.read('models/index.js').replace(REGISTER, ''));
    const { exitCode } = await app.node(COUNT_PEOPLE);

    expect(exitCode).toBe(1);
    expect((await outcomes()).accepted).toBeUndefined();
  });
});

describe('a copy with the example async-config', () => {
  const server = administer(mariaDb());
  let rds: NamedRds;
  let app: CliApp;
  beforeAll(async () => {
    rds = await startNamedRds();
    await server.createDatabase('async_config');
  });
  afterEach(() => app.remove());
  afterAll(async () => {
    await rds.emulator.close();
    await server.sql('DROP DATABASE async_config');
  });

  it('migrates with IAM in production, and with a password on the developer’s machine', async () => {
    const { host, port, users } = mariaDb();
    const { username, password } = users.app;
    const local = `mysql://${username}:${password}@${host}:${port}/async_config`;
    const remote = `mysql://${USERNAME}@${rds.hostname}:${rds.emulator.port}/async_config`;
    app = createCliApp([EXAMPLE, ASYNC_CONFIG], {
      ...rds.environment,
      LOCAL_DATABASE_URL: local,
      DATABASE_URL: remote,
    });
    const outcomes = async () => countBy(await rds.emulator.attempts(), 'outcome');

    const migrated = await app.cli('db:migrate', '--env', 'production');
    expect(migrated).toMatchObject({ exitCode: 0, stderr: '' });
    expect(migrated.stdout).toContain(`== ${MIGRATION}: migrated`);
    expect(await outcomes()).toEqual({ accepted: 2 });

    const undone = await app.cli('db:migrate:undo', '--env', 'development');
    expect(undone).toMatchObject({ exitCode: 0, stderr: '' });
    expect(undone.stdout).toContain(`== ${MIGRATION}: reverted`);
    expect(await outcomes()).toEqual({ accepted: 2 });
  });
});

function linesOf(text: string): string[] {
  return text.split('\n');
}

function without(line: string, lines: readonly string[]): string[] {
  return lines.filter((other) => other !== line);
}
