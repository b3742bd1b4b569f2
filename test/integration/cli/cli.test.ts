import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import type { DoctorReport } from 'sequelize-rds-iam/doctor';
import { type Authority, createAuthority, type MySqlEndpoint } from 'rds-iam-emulator';
import { type EmulatedSts, startSts } from '../../harness/credential-services';
import { forkMySqlEmulator } from '../../harness/fork-emulator';
import { administer } from '../../harness/mariadb-administration';
import { fencesOf } from '../../harness/markdown';
import { mariaDb } from '../../harness/backend';
import { ROOT, runNode, type Ended } from '../../harness/child';
import { secretsIn } from '../../harness/diagnosis';
import { withoutAws } from '../../harness/named-rds';
import { CREDENTIALS, REGION, USERNAME } from '../../harness/rds';
import { createCliApp, type CliApp } from '../../harness/sequelize-cli-app';

const CLI = join(ROOT, 'dist/cli.js');
const HOSTNAME = `mydb.cluster-abc.${REGION}.rds.amazonaws.com`;
const { accessKeyId, ...secrets } = CREDENTIALS;

// Each command is a process of its own.
jest.setTimeout(60_000);

let authority: Authority;
let emulator: MySqlEndpoint;
let sts: EmulatedSts;
let env: NodeJS.ProcessEnv;
const outputs: string[] = [];

beforeAll(async () => {
  authority = await createAuthority(`Amazon RDS ${REGION} Root CA RSA2048 G1`);
  const { host, port, users } = mariaDb();
  emulator = await forkMySqlEmulator({
    backend: { host, port, users: { [USERNAME]: users.app } },
    endpoint: { hostname: HOSTNAME, region: REGION },
    credentials: { [accessKeyId]: secrets },
    tls: await authority.issue({ names: [HOSTNAME], notAfter: new Date('2049-01-31') }),
  });
  sts = await startSts({ [accessKeyId]: secrets });
  env = {
    ...withoutAws(process.env),
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secrets.secretAccessKey,
    AWS_SESSION_TOKEN: secrets.sessionToken,
    NODE_OPTIONS: `--require ${JSON.stringify(join(ROOT, 'test/fixtures/resolve-rds-names.cjs'))}`,
  };
});
afterAll(async () => {
  await Promise.all([emulator.close(), sts.close()]);
});

async function cli(args: readonly string[], cwd = ROOT): Promise<Ended> {
  const ended = await runNode([CLI, ...args], { cwd, env });
  if (args[0] !== 'token') outputs.push(ended.stdout);
  outputs.push(ended.stderr);
  return ended;
}
const endpointFlags = () => [
  '--host',
  HOSTNAME,
  '--port',
  String(emulator.port),
  '--user',
  USERNAME,
];

describe('the doctor, in a project that sequelize-cli init made', () => {
  let app: CliApp;
  beforeEach(async () => {
    app = createCliApp(undefined, env);
    await app.cli('init');
  });
  afterEach(async () => {
    app.remove();
    await emulator.setCredentials({ [accessKeyId]: secrets });
  });

  const pointAtRds = () => {
    app.write('.sequelizerc', "require('sequelize-rds-iam/register');\n");
    app.writeEnvironment({
      dialect: 'mysql',
      host: HOSTNAME,
      port: emulator.port,
      username: USERNAME,
      database: 'app',
      iamAuth: true,
      dialectOptions: { ssl: { ca: authority.caPem } },
    });
  };

  it('says what to change in the configuration as it was generated', async () => {
    const { exitCode, stdout, stderr } = await cli(['doctor', '--env', 'development'], app.folder);

    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(stdout).toMatch(
      /^warn {2}config {7}config\/config\.json, development: .*without the iamAuth flag/m,
    );
    expect(stdout).toMatch(/^fail {2}endpoint {5}host 127\.0\.0\.1 is an IP address/m);
    expect(stdout).toMatch(/\nendpoint failed: /);
  });

  it('passes when it is right', async () => {
    pointAtRds();
    const { exitCode, stdout, stderr } = await cli(['doctor', '--env', 'development'], app.folder);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.match(/^(?:warn|fail|skip)/gm)).toBeNull();
    expect(stdout).toMatch(/\nIAM authentication works\n$/);
    expect(stdout).not.toContain('\u001b');
  });

  it('prints what docs/doctor.md shows when the policy is missing, and the lines that the README shows of it', async () => {
    pointAtRds();
    await emulator.setCredentials({ [accessKeyId]: { ...secrets, users: ['another'] } });
    const { exitCode, stdout } = await cli(['doctor', '--env', 'development'], app.folder);

    const printed = stdout.replaceAll(String(emulator.port), '3306').trimEnd();
    const lines = printed.split('\n');
    const excerpt = transcriptIn('README.md').split('\n');
    expect(exitCode).toBe(1);
    expect(transcriptIn('docs/doctor.md')).toBe(printed);
    // Some lines in their order, with … for those left out.
    const shown = excerpt.filter((line) => line.trim() !== '…');
    expect(shown.length).toBeGreaterThan(1);
    expect(lines.filter((line) => shown.includes(line))).toEqual(shown);
  });

  it('prints JSON and nothing else with --json', async () => {
    pointAtRds();
    const { exitCode, stdout } = await cli(
      ['doctor', '--env', 'development', '--json'],
      app.folder,
    );

    const report = JSON.parse(stdout) as DoctorReport;
    expect({ exitCode, ok: report.ok }).toEqual({ exitCode: 0, ok: true });
    expect(report.results.map(({ id }) => id)).toEqual([
      'config',
      'credentials',
      'region',
      'endpoint',
      'dns',
      'tcp',
      'tls',
      'auth-method',
      'clock',
      'login',
      'pool',
    ]);
  });

  it('runs as the snippet of docs/doctor.md does', async () => {
    pointAtRds();
    const [snippet = ''] = fencesOf(readFileSync(join(ROOT, 'docs/doctor.md'), 'utf8'))
      .filter(({ language }) => language === 'js')
      .map(({ code }) => code);
    const { stdout } = await app.node(snippet.replace('production', 'development'));

    expect(stdout).toBe('true IAM authentication works\n');
  });

  it('warns when sequelize-cli would not see the flag', async () => {
    pointAtRds();
    app.remove('.sequelizerc');
    const { exitCode, stdout } = await cli(['doctor', '--env', 'development'], app.folder);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^warn {2}config .*sequelize-cli ignores its iamAuth flag/m);
  });

  it('reads an ES module, and what .sequelizerc names', async () => {
    pointAtRds();
    const entry = JSON.stringify(app.readEnvironment());
    app.write('config/database.mjs', `export default async () => ({ development: ${entry} });\n`);
    app.write(
      '.sequelizerc',
      "require('sequelize-rds-iam/register');\nmodule.exports = { config: 'config/database.mjs' };\n",
    );
    const { exitCode, stdout } = await cli(['doctor', '--env', 'development'], app.folder);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^pass {2}config {7}config\/database\.mjs, development: /);
  });
});

/** What a page shows after the command of the doctor. */
function transcriptIn(page: string): string {
  const command = '$ npx sequelize-rds-iam doctor --env development\n';
  const block = fencesOf(readFileSync(join(ROOT, page), 'utf8')).find(({ code }) =>
    code.startsWith(command),
  );
  return block?.code.slice(command.length).trimEnd() ?? '';
}

describe('the doctor, with an endpoint', () => {
  it('needs no configuration', async () => {
    const app = createCliApp(undefined, env);
    app.write('ca.pem', authority.caPem);
    const flags = [...endpointFlags(), '--database', 'app', '--region', REGION, '--ca', 'ca.pem'];
    const { exitCode, stdout } = await cli(['doctor', ...flags], app.folder);
    app.remove();

    expect(stdout).toMatch(/^pass {2}login/m);
    expect(exitCode).toBe(0);
  });
});

describe('token', () => {
  it('prints a token that logs in on stdout, and the client’s command line on stderr', async () => {
    const { exitCode, stdout, stderr } = await cli(['token', ...endpointFlags()]);

    expect(exitCode).toBe(0);
    const [token = '', ...rest] = stdout.split('\n');
    expect(rest).toEqual(['']);
    const connection = await createConnection({
      host: '127.0.0.1',
      port: emulator.port,
      user: USERNAME,
      ssl: { ca: authority.caPem },
      authPlugins: { mysql_clear_password: () => () => Buffer.from(`${token}\0`) },
    });
    await connection.end();
    expect(stderr).toContain(`MYSQL_PWD="$(npx sequelize-rds-iam token --host ${HOSTNAME} `);
    expect(stderr).toContain('--enable-cleartext-plugin');
  });

  it('ends with the reason and no stack trace without credentials', async () => {
    const { exitCode, stdout, stderr } = await runNode([CLI, 'token', ...endpointFlags()], {
      env: withoutAws(process.env),
    });

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toBe(
      'No AWS credentials to sign with: Could not load credentials from any providers: ' +
        'Give the process a role, or set AWS_PROFILE or iamAuth.profile to an existing profile\n',
    );
  });
});

describe('policy', () => {
  it.each([
    {
      host: 'mydb.cluster-abc.eu-west-1.rds.amazonaws.com',
      partition: 'aws:rds-db:eu-west-1',
      id: 'cluster-…',
      command: 'describe-db-clusters --region eu-west-1',
    },
    {
      host: 'mydb.abc.us-gov-west-1.rds.amazonaws.com',
      partition: 'aws-us-gov:rds-db:us-gov-west-1',
      id: 'db-…',
      command: 'describe-db-instances --region us-gov-west-1',
    },
    {
      host: 'mydb.abc.rds.cn-north-1.amazonaws.com.cn',
      partition: 'aws-cn:rds-db:cn-north-1',
      id: 'db-…',
      command: 'describe-db-instances --region cn-north-1',
    },
    {
      host: 'mydb.proxy-abc.eu-west-1.rds.amazonaws.com',
      partition: 'aws:rds-db:eu-west-1',
      id: 'prx-…',
      command: 'describe-db-proxies --region eu-west-1',
    },
  ])(
    'names the partition, and how to find the resource id, for $host',
    async ({ host, partition, id, command }) => {
      const { exitCode, stdout } = await cli(['policy', '--host', host, '--user', 'app_user']);

      expect(exitCode).toBe(0);
      expect(stdout).toContain(
        `"Resource": "arn:${partition}:<account-id>:dbuser:<resource-id>/app_user"`,
      );
      expect(stdout).toContain(`  ${id}, for `);
      expect(stdout).toContain(`aws rds ${command}`);
    },
  );

  it('is complete with account and resource id, and its SQL is understood, but for AWS’s plugin', async () => {
    const flags = [
      '--account',
      '123456789012',
      '--resource-id',
      'cluster-ABC',
      '--database',
      'app',
    ];
    const { stdout } = await cli(['policy', ...endpointFlags(), ...flags]);

    expect(stdout).toContain(
      `arn:aws:rds-db:${REGION}:123456789012:dbuser:cluster-ABC/${USERNAME}`,
    );
    expect(stdout).not.toContain('<');
    const [createUser = '', ...others] = stdout
      .slice(stdout.indexOf('CREATE USER'))
      .trim()
      .split('\n');
    const server = administer(mariaDb());
    await expect(server.sql(createUser)).rejects.toThrow(
      "Plugin 'AWSAuthenticationPlugin' is not loaded",
    );
    await server.sql(`CREATE USER '${USERNAME}' IDENTIFIED BY 'not used'`);
    for (const statement of others) await server.sql(statement);
    await server.sql(`DROP USER '${USERNAME}'`);
  });
});

describe('ca', () => {
  it('lists the roots of a Region with their end, and says where others are', async () => {
    const { exitCode, stdout } = await cli(['ca', '--region', 'eu-west-1']);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ {2}Amazon RDS eu-west-1 Root CA RSA2048 G1, until 2061-\d\d-\d\d$/m);
    expect(stdout).toMatch(/^ {2}Amazon Root CA 1, until 2038-/m);
    expect(stdout).toContain('https://truststore.pki.rds.amazonaws.com/');
  });

  it('lists the Regions, and refuses one without roots with the remedy', async () => {
    const { stdout } = await cli(['ca']);
    const { exitCode, stderr } = await cli(['ca', '--region', 'us-gov-west-1']);

    expect(stdout).toMatch(/^ {2}ap-northeast-1$/m);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('https://truststore.pki.us-gov-west-1.rds.amazonaws.com/');
  });
});

describe('the command line', () => {
  it.each([[], ['doctor'], ['policy'], ['token'], ['ca']])(
    'explains itself on a screen of 80 by 24: %s',
    async (...args) => {
      const { exitCode, stdout } = await cli([...args, '--help']);

      expect(exitCode).toBe(0);
      const lines = stdout.trimEnd().split('\n');
      expect(lines.length).toBeLessThan(24);
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(80);
    },
  );

  it.each([
    { args: ['docter'], message: /^Unknown command docter\./ },
    {
      args: ['doctor', '--hots', 'x'],
      message: /^Unknown option '--hots'; the flags are --config, --env, --host/,
    },
    { args: ['doctor', 'x'], message: /^Unexpected argument 'x'/ },
    { args: ['doctor', '--host', 'x'], message: /^--host needs --user/ },
    { args: ['doctor', '--user', 'x'], message: /^--user needs --host/ },
    {
      args: ['doctor', '--host', 'x', '--user', 'y', '--port', 'z'],
      message: /^--port z is not a number/,
    },
    {
      args: ['doctor', '--host', 'x', '--user', 'y', '--config', 'z'],
      message: /^--config and --host are both set/,
    },
    {
      args: ['doctor', '--host', 'x', '--user', 'y', '--ca', 'nowhere.pem'],
      message: /^--ca nowhere\.pem cannot be read/,
    },
    { args: ['doctor', '--config', 'nowhere.json'], message: /^There is no nowhere\.json here/ },
    {
      args: ['policy', '--host', HOSTNAME, '--user', 'y', '--account', '12'],
      message: /^--account 12 is not an AWS account/,
    },
    {
      args: ['policy', '--host', HOSTNAME, '--user', 'y', '--resource-id', 'mydb'],
      message: /^--resource-id mydb is not a resource ID/,
    },
    {
      args: ['token', '--host', HOSTNAME, '--user', 'y', '--dialect', 'oracle'],
      message: /does not support the dialect oracle/,
    },
  ])('ends $args with 2 and one sentence', async ({ args, message }) => {
    const { exitCode, stdout, stderr } = await cli(args);

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect((await cli(['--version'])).stdout).toBe(`${version}\n`);
  });
});

it('showed no secret in all that', () => {
  expect(outputs.length).toBeGreaterThan(50);
  expect(secretsIn(outputs.join('\n'))).toEqual([]);
});
