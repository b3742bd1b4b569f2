import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HELP } from '../../src/cli/help';
import { OPTIONS } from '../../src/cli/option-table';
import { parseArguments } from '../../src/cli/parse-arguments';
import { usageMessage } from '../harness/caught-usage';

const folder = mkdtempSync(join(tmpdir(), 'parse-arguments-'));
const policyFile = join(folder, 'policy.json');
const policy = { Statement: { Effect: 'Allow', Action: 'rds-db:connect', Resource: '*' } };
writeFileSync(policyFile, JSON.stringify(policy));
afterAll(() => rmSync(folder, { recursive: true }));

const parse = (args: string, env = {}) => parseArguments(args.split(' ').filter(Boolean), env);

it('passes every option on', () => {
  const args = `--backend mysql://b --user app --user=other:pw --hostname h --region eu-west-1 --engine mariadb
    --port 3307 --limit 20 --role --credentials-lifetime 60s --policy ${policyFile} --resource-id db-X
    --account 210987654321 --keep --json --write-env f --verbose`;
  expect(parse(args.replace(/\s+/g, ' '))).toEqual({
    kind: 'run',
    emulator: {
      backend: 'mysql://b',
      users: ['app', 'other:pw'],
      hostname: 'h',
      region: 'eu-west-1',
      engine: 'mariadb',
      port: 3307,
      limit: 20,
      role: true,
      credentialsLifetimeMs: 60_000,
      policies: [policy],
      resourceId: 'db-X',
      account: '210987654321',
      keep: true,
    },
    isJson: true,
    isVerbose: true,
    envFile: 'f',
  });
});

it('leaves the options of a command to it', () => {
  const invocation = parse('--start postgres --user app -- npm test -- --port --help');
  expect(invocation).toEqual({
    kind: 'run',
    emulator: { start: 'postgres', users: ['app'] },
    isJson: false,
    isVerbose: false,
    command: ['npm', 'test', '--', '--port', '--help'],
  });
});

it('takes the backend from the environment unless told otherwise', () => {
  const env = { RDS_IAM_EMULATOR_BACKEND: 'mysql://environment' };
  expect(parse('--user a', env)).toMatchObject({ emulator: { backend: 'mysql://environment' } });
  expect(parse('--user a --backend mysql://argument', env)).toMatchObject({
    emulator: { backend: 'mysql://argument' },
  });
  expect(parse('--user a --start mariadb', env)).not.toMatchObject({
    emulator: { backend: expect.anything() as unknown },
  });
});

it.each([
  { text: '500ms', ms: 500 },
  { text: '1.5s', ms: 1500 },
  { text: '15m', ms: 900_000 },
  { text: '1h', ms: 3_600_000 },
])('reads the time $text', ({ text, ms }) => {
  expect(parse(`--role --credentials-lifetime ${text}`)).toMatchObject({
    emulator: { credentialsLifetimeMs: ms },
  });
});

it.each([
  { args: '--usr app', says: '--usr is no option: did you mean --user?' },
  { args: '--hostnames x', says: '--hostnames is no option: did you mean --hostname?' },
  { args: '--quux', says: '--quux is no option: see --help' },
  { args: '-x', says: '-x is no option: see --help' },
  { args: '--env-file f', says: '--env-file is an option of Node.js: write --write-env' },
  { args: 'npm test', says: 'npm is no option: write -- before the command' },
  { args: '--user --keep', says: '--user needs a value: NAME' },
  { args: '--user', says: '--user needs a value: NAME' },
  { args: '--user=', says: '--user needs a value: NAME' },
  { args: '--keep=no', says: '--keep takes no value' },
  { args: '--port 1 --port 2', says: '--port is given twice: give it once' },
  { args: '--port 3306x', says: '--port 3306x must be a whole number' },
  { args: '--limit -1', says: '--limit needs a value: NUMBER' },
  { args: '--engine oracle', says: '--engine oracle: write one of mysql, mariadb, postgres' },
  { args: '--start mysql', says: '--start mysql: write one of mariadb, postgres' },
  {
    args: '--credentials-lifetime 60',
    says: '--credentials-lifetime 60 must be a time, such as 60s, 15m or 1h',
  },
  {
    args: '--credentials-lifetime 0s',
    says: '--credentials-lifetime 0s must be a time, such as 60s, 15m or 1h',
  },
  { args: '--user a --', says: 'Behind -- there is no command: name one, or leave -- away' },
  {
    args: '--json -- true',
    says: '--json and a command would print into each other: use --write-env with a command',
  },
])('refuses $args', ({ args, says }) => {
  expect(usageMessage(() => parse(args))).toBe(says);
});

it('refuses a policy file that cannot be read', () => {
  expect(usageMessage(() => parse('--policy /no/such/file'))).toMatch(
    /^--policy \/no\/such\/file cannot be read as JSON: .*ENOENT/,
  );
});

it('describes every option in the help, within the width of a terminal', () => {
  for (const { name } of OPTIONS) expect(HELP).toContain(`  --${name}`);
  for (const line of HELP.split('\n')) expect(line.length).toBeLessThanOrEqual(102);
  expect(parse('--user a --help').kind).toBe('help');
});
