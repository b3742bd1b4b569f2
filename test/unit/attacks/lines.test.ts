/** Names that would forge a line of a log, or redraw a terminal. */
import { Sequelize } from 'sequelize';
import { addIamAuth, explainError, IamAuthError, type ErrorExplanation } from '../../../src';
import { createDiagnostics } from '../../../src/logger';
import { resolveOptions } from '../../../src/options';
import { signingTarget } from '../../../src/endpoint/endpoint';
import { readConnectTarget } from '../../../src/dialects/driver-options';
import { isOneLine, oneLine } from '../../../src/untrusted';
import { dialectOf } from '../../../src/dialects/dialect-of';
import { mysql } from '../../../src/dialects/mysql';
import { runDoctor } from '../../../src/doctor';
import { resolveEndpoint } from '../../../src/login/resolve-endpoint';
import { caught, rejected } from '../../harness/caught';
import { freshHost, recordingDriver } from '../../harness/recording-driver';

const UGLY = [
  'a\nINFO all is well',
  'a\r\nb',
  'a\u001b[2Jb',
  'a\0b',
  'a\u2028b',
  'a\u2029b',
  'a\u0085b',
  'a\u202eb',
  'a\u2066b',
  'a\u200fb',
  'a\ufeffb',
  '\ud800',
];

it('text with control characters is escaped into one line, and other text stays', () => {
  expect(
    UGLY.map(oneLine).filter((text) => !isOneLine(text) || /[\p{C}\p{Zl}\p{Zp}]/u.test(text)),
  ).toEqual([]);
  expect(oneLine('a\n\u001b[0m\u202e')).toBe('a\\n\\u{1b}[0m\\u{202e}');
  expect(oneLine('jane_doe@høst – 日本 ✓')).toBe('jane_doe@høst – 日本 ✓');
});

const textsOf = ({ code, cause, fix }: ErrorExplanation) => [code, cause, fix];

describe.each(UGLY)('%j', (text) => {
  it('is a line of an error, of a log, and of an explanation', () => {
    const error = new IamAuthError('ERR_IAM_AUTH_TOKEN', text, { fix: text, endpoint: text });
    const explanation = explainError({ code: `ERR_IAM_AUTH_${text}`, message: text, fix: text });
    const unknown = explainError({ code: text });
    const logged: string[] = [];
    const log = (line: string) => void logged.push(line);
    const { debug, warn } = createDiagnostics({ debug: log, warn: log });
    debug(text);
    warn(text);
    const lines = [
      error.message,
      error.fix,
      error.endpoint,
      ...logged,
      ...textsOf(explanation),
      ...textsOf(unknown),
    ];
    expect(lines).toHaveLength(11);
    expect(lines.filter((line) => !isOneLine(String(line)))).toEqual([]);
  });

  it('is no host, user or Region', () => {
    const hostname = freshHost();
    const read = (options: object) =>
      caught(() => readConnectTarget({ options: { ...options }, nameOf: String }, 3306));
    expect(read({ host: hostname, user: text }).message).toBe(
      'user contains a control character: correct user',
    );
    expect(read({ host: text, user: 'app' }).code).toBe('ERR_IAM_AUTH_ENDPOINT');
    const target = { hostname: 'db.internal', port: 3306, username: 'app' };
    for (const endpoint of [{ hostname: text }, { hostname, region: text }]) {
      const error = caught(() => signingTarget(target, resolveOptions({ endpoint }), 3306));
      expect(isOneLine(error.message)).toBe(true);
    }
  });

  it('is no Region of a custom name, whether an option or the AWS SDK names it', async () => {
    const target = { hostname: 'db.internal', port: 3306, username: 'app' };
    const named = { hostname: 'db.custom.example' };
    const options = resolveOptions({ endpoint: { ...named, region: text } });
    expect(caught(() => signingTarget(target, options, 3306)).code).toBe('ERR_IAM_AUTH_REGION');
    const error = await rejected(
      resolveEndpoint(
        { options: { host: 'db.internal', user: 'app' }, nameOf: String },
        {
          options: resolveOptions({ endpoint: named }),
          dialect: mysql,
          tokenProvider: { configuredRegion: () => Promise.resolve(text) },
        },
      ),
    );
    expect(error.code).toBe('ERR_IAM_AUTH_REGION');
  });

  it('as the name of an option is a line too', () => {
    const sequelize = new Sequelize({
      dialect: 'mysql',
      host: freshHost(),
      username: 'app',
      dialectModule: recordingDriver().module,
    });
    const error = caught(() => addIamAuth(sequelize, { [text]: 1 }));
    expect(isOneLine(error.message)).toBe(true);
  });
});

const NAME = 'mydb.cluster-abc.eu-west-1.rds.amazonaws.com';

it.each([
  `${NAME}.`,
  `evil@${NAME}`,
  `app:hunter2@${NAME}`,
  `${NAME}%00.evil.example`,
  `${NAME}#.evil.example`,
  `${NAME}/`,
  `${NAME}:3306`,
  `mydb.cluster-abc.eu-west-1.rds.amazonaws。com`,
  `mydb.cluster-abc.eu-west-1.rds.аmazonaws.com`,
  // Its lower case is an ASCII k.
  `mydb.cluster-abc.eu-west-1.rds.amazonaws.com`.replace('mydb', 'my\u212Adb'),
  `${'a'.repeat(64)}.${NAME}`,
  '.'.repeat(100_000),
])('no token is signed for a host that only looks like an endpoint: %s', (host) => {
  for (const [hostname, options] of [
    [host, {}],
    [NAME, { endpoint: { hostname: host } }],
  ] as const) {
    const error = caught(() =>
      signingTarget({ hostname, port: 3306, username: 'app' }, options, 3306),
    );
    expect(error.code).toBe('ERR_IAM_AUTH_ENDPOINT');
    expect(error.message).not.toContain('hunter2');
    expect(error.message.length).toBeLessThan(500);
  }
});

it('a URL in the place of an option shows no password', () => {
  const error = caught(() => resolveOptions({ limiter: 'redis://:hunter2@redis:6379' } as object));
  expect(error.message).toBe(
    'iamAuth.limiter must be an object, not "…@redis:6379": correct iamAuth.limiter',
  );
  const dialect = caught(() => dialectOf('mysql://app:hunter2@host'));
  expect(dialect.message).toContain('the dialect …@host: use mysql');
});

it('what the doctor finds is a line', async () => {
  const sequelizeOptions = { dialect: 'my\u202esql', host: NAME, username: 'app', iamAuth: true };
  const { results } = await runDoctor({ sequelizeOptions });
  expect(results[0]?.summary).toContain('my\\u{202e}sql');
});

it('a message is no longer than a reader needs, and keeps its fix', () => {
  const long = 'x'.repeat(100_000);
  const { message, endpoint = '' } = new IamAuthError('ERR_IAM_AUTH_TOKEN', long, {
    fix: 'shorten it',
    endpoint: long,
  });
  expect(message).toMatch(/^x{2000}…: shorten it$/);
  expect(endpoint.length).toBeLessThan(3000);
});
