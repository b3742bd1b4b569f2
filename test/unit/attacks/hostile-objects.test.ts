/** Objects that throw, change between two reads, or run code when they are printed. */
import { Sequelize, type Options } from 'sequelize';
import { addIamAuth, explainError, withIamAuth } from '../../../src';
import { isSame } from '../../../src/attach/same-options';
import { createDiagnostics } from '../../../src/logger';
import { messageOf } from '../../../src/errors';
import { resolveOptions } from '../../../src/options';
import { caught } from '../../harness/caught';
import { changing, refusing, revoked, ring, SECRET } from '../../harness/hostile-values';
import { freshHost, recordingDriver } from '../../harness/recording-driver';

const PRINTS = ['toString', 'toJSON', Symbol.toPrimitive, Symbol.for('nodejs.util.inspect.custom')];
const printing = () => {
  const ran: PropertyKey[] = [];
  const parts = PRINTS.map((name) => [name, () => ran.push(name)] as const);
  return { ran, value: Object.assign(new Error('x'), Object.fromEntries(parts)) };
};

it.each([
  [
    'an endpoint',
    (value: object) => ({ endpoint: value }),
    changing('hostname', ['good.example', 'evil.example']),
  ],
  [
    'roots',
    (value: object) => ({ tls: value }),
    changing('ca', ['-----BEGIN CERTIFICATE-----', 'evil']),
  ],
  [
    'what endpoint returns',
    (value: object) => ({ endpoint: () => value }),
    changing('port', [3306, 'evil']),
  ],
])('%s is used as it was checked', (_, optionsWith, value) => {
  const { endpoint, tls } = resolveOptions(optionsWith(value));
  const chosen =
    typeof endpoint === 'function' ? endpoint({ hostname: 'h', port: 1, username: 'u' }) : endpoint;
  expect(JSON.stringify([chosen, tls])).toMatch(/good\.example|BEGIN CERTIFICATE|3306/);
  expect(JSON.stringify([chosen, tls])).not.toContain('evil');
});

it.each([refusing, revoked])(
  'options that cannot be read are refused, and their error is the cause',
  (make) => {
    const sequelize = new Sequelize({
      dialect: 'mysql',
      host: freshHost(),
      username: 'app',
      dialectModule: recordingDriver().module,
    });
    const calls = [() => addIamAuth(sequelize, make()), () => withIamAuth(make())];
    for (const call of calls) {
      const error = caught(call);
      expect(error.message).toContain('cannot be read');
      expect(error.message).not.toContain(SECRET);
      expect(error.cause).toBeInstanceOf(Error);
    }
  },
);

it('options that contain themselves are compared in time', () => {
  expect(isSame(ring('logger'), ring('logger'))).toBe(false);
  const same = ring('logger');
  expect(isSame(same, same)).toBe(true);
  expect(isSame({ a: refusing() }, { a: refusing() })).toBe(false);
});

/** What the handle counts after a connection that the dialect's `connect` failed like this. */
async function statsAfter(module: object, connect: () => never) {
  const sequelize = new Sequelize({
    dialect: 'mysql',
    host: freshHost(),
    username: 'app',
    dialectModule: module,
    logging: false,
  });
  const manager: unknown = Reflect.get(sequelize, 'connectionManager');
  Reflect.set(manager as object, 'connect', () => Promise.resolve().then(connect));
  const iam = addIamAuth(sequelize, {
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET },
  });
  await sequelize.authenticate().catch(() => undefined);
  return iam.stats;
}

it.each([undefined, null, 5, 'x', {}, []])('%p is no instance', (value) => {
  expect(caught(() => addIamAuth(value as Sequelize)).code).toBe('ERR_IAM_AUTH_UNSUPPORTED');
});

it('errors that cannot be read have an explanation and a message', () => {
  for (const error of [
    refusing(),
    revoked(),
    Object.create(null),
    { toString: () => ({}) },
    ring('cause'),
  ]) {
    expect(explainError(error).code).toBe('UNKNOWN');
    expect(typeof messageOf(error)).toBe('string');
  }
});

it('an error of many errors is explained by the first of them', () => {
  const first = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
  const many = new AggregateError([first, ...new Array<Error>(300_000).fill(new Error('x'))]);
  expect(explainError(many).code).toBe('ECONNREFUSED');
});

it('explaining an error runs no code that prints it, and reads each property once', () => {
  const { ran, value } = printing();
  const changed = changing('message', ['connect ECONNREFUSED', 'Region is missing']);
  expect(explainError({ cause: value, code: 'ECONNREFUSED' }).code).toBe('ECONNREFUSED');
  expect(explainError(changed).code).toBe('UNKNOWN');
  expect(Reflect.get(changed, 'message')).toBe('Region is missing');
  expect(ran).toEqual([]);
});

it('a logger that throws or rejects with what cannot be read fails nothing', async () => {
  const emitted = jest.spyOn(process, 'emitWarning').mockReturnValue();
  const logger: object = {
    debug: () => {
      throw Object.assign(new Error('x'), { message: refusing() });
    },
    warn: () => Promise.reject(new Error('disk\nfull')),
  };
  const { debug, warn } = createDiagnostics(logger);
  debug('one');
  warn('two');
  await new Promise((resolve) => setImmediate(resolve));
  const messages = emitted.mock.calls.map(([message]) => message);
  emitted.mockRestore();
  expect(messages).toEqual([
    'sequelize-rds-iam: the logger failed: an unreadable object',
    'sequelize-rds-iam: the logger failed: disk\\nfull',
  ]);
});

it('a frozen error of the driver still ends its login', async () => {
  const { module } = recordingDriver();
  const thrown: Error = Object.freeze(
    Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
  );
  const stats = await statsAfter(module, () => {
    throw thrown;
  });
  expect(stats).toMatchObject({ connecting: 0, failed: 1 });
});

it('the driver dials the host that was checked, whatever the options say next', async () => {
  const host = freshHost();
  const { module, opened } = recordingDriver();
  const sequelize = new Sequelize({
    dialect: 'mysql',
    dialectModule: module,
    host,
    username: 'app',
    databaseVersion: '8.0.36',
    logging: false,
  } as Options);
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET };
  addIamAuth(sequelize, { credentials });
  sequelize.addHook('beforeConnect', (config) => {
    config.dialectOptions = changing('host', [host, 'evil.example']);
  });
  await sequelize.authenticate();
  expect(opened.map((options) => options.host)).toEqual([host]);
  await sequelize.close();
});
