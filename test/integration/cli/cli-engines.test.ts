import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { type Authority, createAuthority, type Endpoint, type LoginFaults } from 'rds-iam-emulator';
import { type EmulatedSts, startSts } from '../../harness/credential-services';
import { forkEmulator } from '../../harness/fork-emulator';
import { administer } from '../../harness/postgres-administration';
import { mariaDb, postgres } from '../../harness/backend';
import { ROOT, runNode, type Ended } from '../../harness/child';
import { secretsIn } from '../../harness/diagnosis';
import { withoutAws } from '../../harness/named-rds';
import { createProject, type ProjectFolder } from '../../harness/project-folder';
import { CREDENTIALS, REGION, USERNAME } from '../../harness/rds';
import { inTerminal, INSTALL_TIMEOUT_MS, pathOf, prepareWitnesses } from '../../harness/witnesses';

const CLI = join(ROOT, 'dist/cli.js');
const HOSTNAME = `mydb.cluster-abc.${REGION}.rds.amazonaws.com`;
const BUNDLE = 'global-bundle.pem';
const { accessKeyId, ...secrets } = CREDENTIALS;

let authority: Authority;
let sts: EmulatedSts;
let env: NodeJS.ProcessEnv;
beforeAll(prepareWitnesses, INSTALL_TIMEOUT_MS);
beforeAll(async () => {
  authority = await createAuthority();
  sts = await startSts({ [accessKeyId]: secrets });
  const { PATH, HOME } = process.env;
  env = {
    ...withoutAws({}),
    PATH,
    HOME,
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secrets.secretAccessKey,
    AWS_SESSION_TOKEN: secrets.sessionToken,
    NODE_OPTIONS: `--require ${JSON.stringify(join(ROOT, 'test/fixtures/resolve-rds-names.cjs'))}`,
    npm_config_update_notifier: 'false',
    npm_config_offline: 'true',
  };
});
afterAll(() => sts.close());

/** A program for Node that writes an executable file. */
const WRITE =
  `((path, text) => { const fs = require('fs'); fs.mkdirSync(require('path').dirname(path), { recursive: true }); ` +
  `fs.writeFileSync(path, text, { mode: 0o755 }); })`;

/** What Sequelize needs for a dialect, as its users install it. */
const packagesFor = (dialect: string) =>
  ({
    6: ['sequelize', { mysql: 'mysql2', mariadb: 'mariadb', postgres: 'pg' }[dialect] ?? ''],
    7: ['@sequelize/core', `@sequelize/${dialect}`],
  }) as const;

async function startEngine(dialect: string, names = [HOSTNAME, '127.0.0.1']) {
  const engine = dialect === 'postgres' ? 'postgres' : 'mysql';
  const { host, port, users } = engine === 'postgres' ? postgres() : mariaDb();
  return forkEmulator({
    engine,
    backend: { host, port, users: { [USERNAME]: users.app } },
    endpoint: { hostname: HOSTNAME, region: REGION },
    credentials: { [accessKeyId]: secrets },
    tls: await authority.issue({ names }),
  });
}

describe.each(['mysql', 'mariadb', 'postgres'])('--dialect %s', (dialect) => {
  let emulator: Endpoint<LoginFaults>;
  let impostor: Endpoint<LoginFaults> | undefined;
  let project: ProjectFolder | undefined;
  beforeAll(async () => {
    emulator = await startEngine(dialect);
  });
  afterEach(async () => {
    project?.remove();
    await impostor?.close();
    [project, impostor] = [undefined, undefined];
  });
  afterAll(() => emulator.close());

  const flags = (to = emulator) => [
    ...['--dialect', dialect, '--host', HOSTNAME, '--port', String(to.port)],
    ...['--user', USERNAME, '--database', 'app'],
  ];

  describe.each([6, 7] as const)('in a project with Sequelize %s alone', (major) => {
    const open = () => {
      project = createProject({ packages: packagesFor(dialect)[major], env });
      project.write(BUNDLE, authority.caPem);
      return project;
    };

    it('lets the doctor log in', async () => {
      const { node } = open();
      const { exitCode, stdout, stderr } = await node(CLI, 'doctor', ...flags(), '--ca', BUNDLE);

      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      // The connector that Sequelize 6 cannot use in full is the one that is installed here.
      const warns = major === 6 && dialect === 'mariadb';
      expect(stdout.match(/^(?:warn|fail|skip) .*/gm)).toEqual(
        warns ? [expect.stringMatching(/^warn {2}config .*install mariadb 3\.0\.2/)] : null,
      );
      expect(stdout).toMatch(new RegExp(`^pass {2}login {8}${USERNAME} logged in`, 'm'));
      expect(secretsIn(stdout)).toEqual([]);
    });

    it('tells the doctor, policy and token the same through a configuration', async () => {
      const { node, write } = open();
      const name = major === 6 ? 'username' : 'user';
      const ca = `require('fs').readFileSync('${BUNDLE}', 'utf8')`;
      const imported =
        major === 6
          ? `'${dialect}'`
          : `Object.values(require('@sequelize/${dialect}')).find(({ name }) => /Dialect$/.test(name))`;
      write(
        'database.js',
        `require('sequelize-rds-iam/register');
        module.exports = async () => ({ production: {
          dialect: ${imported}, host: '${HOSTNAME}', port: ${emulator.port}, ${name}: '${USERNAME}', database: 'app',
          iamAuth: { tls: { ca: ${ca} } },
        } });`,
      );
      const where = ['--config', 'database.js', '--env', 'production'];
      const [doctor, policy, token] = await Promise.all([
        node(CLI, 'doctor', ...where),
        node(CLI, 'policy', ...where),
        node(CLI, 'token', ...where),
      ]);

      expect(doctor.stdout).toMatch(/^pass {2}login/m);
      expect(doctor.exitCode).toBe(0);
      expect(policy.stdout).toContain(`:dbuser:<resource-id>/${USERNAME}"`);
      expect(token.stdout).toMatch(new RegExp(`^${HOSTNAME}:${emulator.port}/\\?Action=connect&`));
      expect(secretsIn(doctor.stdout + policy.stdout + token.stderr)).toEqual([]);
    });
  });

  describe('token prints a command line for the client', () => {
    /**
     * Runs what is printed, as it stands, in a project that has this package. MySQL's kind of client asks the system for names,
     * which cannot be told a name for this machine: those dial it by its address, which the certificate names too.
     */
    async function runPrinted(to: Endpoint<LoginFaults>, ca: string): Promise<Ended> {
      project = createProject({ packages: [], env });
      const { folder, node, write } = project;
      write(BUNDLE, ca);
      const executable = (path: string, script: string) =>
        node('-e', `${WRITE}(${JSON.stringify(path)}, ${JSON.stringify(script)})`);
      await executable(
        'node_modules/.bin/sequelize-rds-iam',
        `#!/bin/sh\nexec ${process.execPath} ${CLI} "$@"\n`,
      );
      const dialHere =
        `for word do shift; [ "$word" = --host=${HOSTNAME} ] && word=--host=127.0.0.1; ` +
        `set -- "$@" "$word"; done`;
      const client = `#!/bin/sh\n${dialHere}\nexec ${pathOf('mariadb')} --no-defaults "$@"\n`;
      for (const name of ['mysql', 'mariadb']) await executable(`clients/${name}`, client);
      const { stderr, stdout } = await node(CLI, 'token', ...flags(to));
      const [, line = ''] = stderr.split('\n');
      expect(secretsIn(stderr)).toEqual([]);
      expect(secretsIn(stdout)).not.toEqual([]);
      const path = [join(folder, 'clients'), join(pathOf('psql'), '..'), env.PATH].join(':');
      return new Promise((resolve) => {
        const options = { cwd: folder, env: { ...env, PATH: path, PGHOSTADDR: '127.0.0.1' } };
        const child = execFile('sh', ['-c', line], options, (_error, out, err) => {
          resolve({ exitCode: child.exitCode, stdout: out, stderr: err });
        });
        child.stdin?.end('SELECT 6 * 7 AS answer;\n');
      });
    }

    it('that logs in', async () => {
      await emulator.clear();
      const { exitCode, stdout, stderr } = await runPrinted(emulator, authority.caPem);

      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(stdout).toMatch(/answer[\s-]*\b42\b/);
      expect(await emulator.attempts()).toMatchObject([
        { outcome: 'accepted', username: USERNAME, tlsEstablished: true },
      ]);
    });

    it('that sends no token to a server of another root', async () => {
      await emulator.clear();
      const { exitCode } = await runPrinted(emulator, (await createAuthority('Another')).caPem);

      expect(exitCode).not.toBe(0);
      expect((await emulator.attempts()).map(({ tokenAt }) => tokenAt)).toEqual([undefined]);
    });

    it('that sends no token to a server of another name', async () => {
      impostor = await startEngine(dialect, ['other.example']);
      const { exitCode } = await runPrinted(impostor, authority.caPem);
      const attempts = await impostor.attempts();

      expect(exitCode).not.toBe(0);
      expect(attempts.map(({ tokenAt }) => tokenAt)).toEqual([undefined]);
    });
  });
});

it('prints SQL that PostgreSQL understands, where AWS’s role exists', async () => {
  const args = ['policy', '--dialect', 'postgres', '--host', HOSTNAME, '--user', 'policy_user'];
  const { stdout } = await runNode([CLI, ...args, '--database', 'app'], { env });
  const statements = stdout.slice(stdout.indexOf('CREATE USER')).trim().split('\n');
  // Roles belong to the whole server, which other tests use meanwhile.
  const role = 'rds_iam_of_policy';
  const server = administer(postgres());
  await server.sql(`CREATE ROLE ${role}`);
  for (const statement of statements) await server.sql(statement.replace('rds_iam', role));
  const [row] = await server.sql(
    `SELECT pg_has_role('policy_user', '${role}', 'member') AS is_member`,
  );
  await server.sql('DROP OWNED BY policy_user');
  await server.sql(`DROP ROLE policy_user, ${role}`);

  expect(statements).toHaveLength(3);
  expect(row).toEqual({ is_member: true });
});

describe('in a terminal', () => {
  const doctor = [CLI, 'doctor', '--host', '127.0.0.1', '--user', USERNAME];
  const green = '\u001b[32mpass\u001b[0m';

  it('colours the words that tell a result', async () => {
    const { status, stdout } = await inTerminal([process.execPath, ...doctor], env);

    expect(stdout).toContain(green);
    expect(stdout).toContain('\u001b[31mfail\u001b[0m  endpoint');
    expect(status).toBe(1);
  });

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('does not with %j', async (variables) => {
    const { stdout } = await inTerminal([process.execPath, ...doctor], { ...env, ...variables });

    expect(stdout).toMatch(/^pass {2}credentials/m);
    expect(stdout).not.toContain('\u001b');
  });

  it('prints JSON without colours', async () => {
    const { stdout } = await inTerminal([process.execPath, ...doctor, '--json'], env);

    expect(JSON.parse(stdout)).toMatchObject({ ok: false });
  });

  it.each([{}, { CI: 'true', GITHUB_ACTIONS: 'true' }])(
    'does not colour what goes through a pipe, with %j',
    async (variables) => {
      const { stdout } = await runNode(doctor, { env: { ...env, ...variables } });

      expect(stdout).toMatch(/^pass {2}credentials/m);
      expect(stdout).not.toContain('\u001b');
    },
  );
});
