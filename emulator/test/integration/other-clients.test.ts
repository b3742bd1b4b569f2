import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Endpoint, LoginFaults } from 'rds-iam-emulator';
import { mariaDb, postgres } from '../../../test/harness/backend';
import {
  ENDPOINT,
  KEYS,
  startEndpoint,
  startPostgresEndpoint,
} from '../../../test/harness/emulated-endpoint';
import { withoutAws } from '../../../test/harness/named-rds';
import { INSTALL_TIMEOUT_MS, pathOf, prepareWitnesses } from '../../../test/harness/witnesses';
import { HOSTNAME } from '../harness/witness-cases';

const run = promisify(execFile);
const RESOLVE_RDS_NAMES = join(__dirname, '../../../test/fixtures/resolve-rds-names.cjs');

// PyMySQL dials the name that it checks, which is not this machine's.
const PYMYSQL = `
import boto3, os, pymysql, socket
host, port, user = os.environ['DB_HOST'], int(os.environ['DB_PORT']), os.environ['DB_USER']
token = boto3.client('rds').generate_db_auth_token(host, port, user)
dial = socket.create_connection
socket.create_connection = lambda address, *rest, **named: dial(('127.0.0.1', address[1]), *rest, **named)
connection = pymysql.connect(host=host, port=port, user=user, password=token, database='app', ssl={'ca': os.environ['CA_FILE'], 'check_hostname': True})
with connection.cursor() as cursor:
    cursor.execute('SELECT CURRENT_USER()')
    print(cursor.fetchone()[0])
`;

const PSYCOPG2 = `
import boto3, os, psycopg2
host, port, user = os.environ['DB_HOST'], int(os.environ['DB_PORT']), os.environ['DB_USER']
token = boto3.client('rds').generate_db_auth_token(host, port, user)
connection = psycopg2.connect(host=host, hostaddr='127.0.0.1', port=port, user=user, password=token, dbname='app', sslmode='verify-full', sslrootcert=os.environ['CA_FILE'])
with connection.cursor() as cursor:
    cursor.execute('SELECT current_user')
    print(cursor.fetchone()[0])
`;

/** AWS's own wrapper of the drivers, with its IAM plugin. */
const wrapper = (module: string, client: string, more: string, show: string) => `
const { ${client} } = require('aws-advanced-nodejs-wrapper/${module}');
const { DB_HOST: host, DB_PORT, DB_USER: user, CA_FILE } = process.env;
const ssl = { ca: require('node:fs').readFileSync(CA_FILE, 'utf8') };
(async () => {
  const client = new ${client}({ host, port: Number(DB_PORT), user, database: 'app', plugins: 'iam', ssl, ${more} });
  await client.connect();
  const result = await client.query('SELECT current_user AS u');
  console.log(${show}.u);
  await client.end();
  process.exit();
})();
`;

interface Client {
  readonly client: string;
  readonly run: (env: NodeJS.ProcessEnv) => Promise<{ stdout: string }>;
}

const python = (program: string) => (env: NodeJS.ProcessEnv) =>
  run(pathOf('python'), ['-c', program], { env });
const node = (program: string) => (env: NodeJS.ProcessEnv) =>
  run(process.execPath, ['--require', RESOLVE_RDS_NAMES, '--eval', program], { env });

const mysqlClients: Client[] = [
  { client: 'PyMySQL with boto3', run: python(PYMYSQL) },
  {
    client: 'AWS’s Node.js wrapper',
    run: node(wrapper('mysql', 'AwsMySQLClient', 'enableCleartextPlugin: true', 'result[0][0]')),
  },
];
const postgresClients: Client[] = [
  { client: 'psycopg2 with boto3', run: python(PSYCOPG2) },
  {
    client: 'AWS’s Node.js wrapper',
    run: node(wrapper('pg', 'AwsPGClient', '', 'result.rows[0]')),
  },
];

let folder: string;
beforeAll(prepareWitnesses, INSTALL_TIMEOUT_MS);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rds-iam-emulator-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a program of others needs to know. */
function environment(port: number, caPem: string, accessKeyId: keyof typeof KEYS) {
  const caFile = join(folder, `${port}.pem`);
  writeFileSync(caFile, caPem);
  const { secretAccessKey, ...role } = KEYS[accessKeyId];
  return {
    ...withoutAws(process.env),
    DB_HOST: HOSTNAME,
    DB_PORT: String(port),
    DB_USER: ENDPOINT.username,
    CA_FILE: caFile,
    AWS_REGION: ENDPOINT.region,
    AWS_DEFAULT_REGION: ENDPOINT.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...('sessionToken' in role && { AWS_SESSION_TOKEN: role.sessionToken }),
  };
}

const endpoint = { hostname: HOSTNAME, region: ENDPOINT.region };

describe.each([
  {
    engine: 'MySQL',
    clients: mysqlClients,
    currentUser: 'app@%',
    start: () => {
      const { host, port, users } = mariaDb();
      const backend = { host, port, users: { [ENDPOINT.username]: users.app } };
      return startEndpoint({ endpoint, backend }, { names: [HOSTNAME] });
    },
  },
  {
    engine: 'PostgreSQL',
    clients: postgresClients,
    currentUser: 'app',
    start: () => {
      const { host, port, users } = postgres();
      const backend = { host, port, users: { [ENDPOINT.username]: users.app } };
      return startPostgresEndpoint({ endpoint, backend }, { names: [HOSTNAME] });
    },
  },
])('the endpoint of $engine', ({ clients, currentUser, start }) => {
  let emulator: Endpoint<LoginFaults>;
  let caPem: string;
  beforeEach(async () => {
    ({ emulator, caPem } = await start());
  });
  afterEach(() => emulator.close());

  describe.each(clients)('and $client', (client) => {
    it.each(['AKIDUSER', 'ASIAROLE'] as const)('log in with the key %s', async (key) => {
      const { stdout } = await client.run(environment(emulator.port, caPem, key));
      expect(stdout.trim()).toBe(currentUser);
      expect(await emulator.attempts()).toMatchObject([
        { outcome: 'accepted', tlsEstablished: true, username: ENDPOINT.username },
      ]);
    });

    it('end when the key is not known', async () => {
      await emulator.setCredentials({});
      await expect(client.run(environment(emulator.port, caPem, 'AKIDUSER'))).rejects.toThrow();
      const reasons = (await emulator.attempts()).map(({ reason }) => reason);
      expect(new Set(reasons)).toEqual(new Set(['unknown-key']));
    });
  });
});
