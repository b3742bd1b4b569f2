/** `Object.prototype` with what a merge of untrusted JSON may leave in it: every object then has it. */
import { Sequelize } from 'sequelize';
import { addIamAuth, withIamAuth, type IamAuthOptions } from '../../../src';
import { sslOptions } from '../../../src/dialects/driver-options';
import { signingTarget } from '../../../src/endpoint/endpoint';
import { trustedRoots } from '../../../src/login/resolve-endpoint';
import { IamAuthError } from '../../../src/errors';
import { resolveOptions } from '../../../src/options';
import { propertyOf } from '../../../src/untrusted';
import { caught, rejected } from '../../harness/caught';
import { freshHost, recordingDriver } from '../../harness/recording-driver';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };
const EVIL_CA = '-----BEGIN CERTIFICATE-----\nevil\n-----END CERTIFICATE-----';

/** What JSON can hold, by the names that this package, the drivers and Node read. */
const POLLUTION: Readonly<Record<string, unknown>> = {
  ssl: { ca: EVIL_CA, rejectUnauthorized: false },
  rejectUnauthorized: false,
  ca: EVIL_CA,
  pfx: 'evil',
  session: 'evil',
  checkServerIdentity: 'none',
  host: 'evil.example',
  hostname: 'evil.abc.eu-west-1.rds.amazonaws.com',
  port: 1,
  path: '/tmp/evil.sock',
  socketPath: '/tmp/evil.sock',
  password: 'evil',
  user: 'admin',
  endpoint: { hostname: 'evil.abc.eu-west-1.rds.amazonaws.com' },
  stream: {},
  authPlugins: {},
  limiter: { limit: 1_000_000 },
  credentials: { accessKeyId: 'EVIL', secretAccessKey: 'evil' },
  tls: { ca: EVIL_CA },
  debug: true,
};

function pollute(name: string, value: unknown): void {
  const writable = { enumerable: true, configurable: true, writable: true };
  Object.defineProperty(Object.prototype, name, { ...writable, value });
}

function polluted<T>(name: string, value: unknown, test: () => T): T {
  pollute(name, value);
  try {
    return test();
  } finally {
    Reflect.deleteProperty(Object.prototype, name);
  }
}

function instance() {
  const { module, opened } = recordingDriver();
  const options = {
    dialect: 'mysql',
    host: freshHost(),
    username: 'app',
    dialectModule: module,
    logging: false,
  } as const;
  return { sequelize: new Sequelize(options), options, opened };
}

describe.each(Object.entries(POLLUTION))('Object.prototype.%s', (name, value) => {
  it('is no option of this package', () => {
    const options = polluted(name, value, () =>
      resolveOptions({ endpoint: {}, tls: {}, limiter: {} }),
    );
    const read: unknown[] = polluted(name, value, () => [
      propertyOf(options, name),
      ...[options.endpoint, options.tls, options.limiter].map((part) => propertyOf(part, name)),
    ]);
    expect(read.filter((part) => part === value)).toEqual([]);
  });

  it('changes neither the host that a token is signed for nor the roots', async () => {
    const target = { hostname: freshHost(), port: 3306, username: 'app' };
    const options = polluted(name, value, () => resolveOptions({}));
    const signed = polluted(name, value, () => signingTarget(target, options, 3306));
    expect(signed).toEqual({ ...target, region: 'eu-west-1' });
    const config = { options: { ...target }, nameOf: (option: string) => option };
    const roots = await polluted(name, value, () => trustedRoots(config, options, 'eu-west-1'));
    expect(roots).not.toContain(EVIL_CA);
  });

  it('refuses to add IAM authentication, and leaves the instance as it was', () => {
    const { sequelize } = instance();
    const error = polluted(name, value, () => caught(() => addIamAuth(sequelize)));
    expect(error.message).toContain(`Object.prototype.${name} is set`);
    expect(sequelize.hasHook('beforeConnect')).toBeFalsy();
  });

  it('ends the login of an instance that has IAM authentication, before the driver is called', async () => {
    const { sequelize, opened } = instance();
    addIamAuth(sequelize, { credentials: KEYS });
    sequelize.addHook('beforeConnect', () => undefined);
    const prepared = rejected(sequelize.authenticate());
    pollute(name, value);
    try {
      expect((await prepared).message).toContain(`Object.prototype.${name} is set`);
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
    expect(opened).toEqual([]);
  });
});

it.each(['fix', 'endpoint', 'cause'])('an inherited %s is in no error', (name) => {
  const error = polluted(name, 'evil', () => new IamAuthError('ERR_IAM_AUTH_TLS', 'No TLS'));
  expect(Object.keys(error)).toEqual(['name', 'code']);
  expect(error.message).toBe('No TLS');
});

it('an inherited iamAuth: false does not switch IAM authentication off', async () => {
  const { options, opened } = instance();
  const sequelize = new Sequelize(withIamAuth({ ...options, iamAuth: { credentials: KEYS } }));
  Object.defineProperty(Object.prototype, 'iamAuth', {
    value: false,
    enumerable: true,
    configurable: true,
  });
  try {
    await rejected(sequelize.authenticate());
  } finally {
    Reflect.deleteProperty(Object.prototype, 'iamAuth');
  }
  expect(opened).toEqual([]);
});

it('functions in Object.prototype, which come from code, stay allowed', () => {
  const { sequelize } = instance();
  polluted(
    'each',
    () => undefined,
    () => addIamAuth(sequelize).remove(),
  );
});

it.each([
  '{"__proto__":{"tls":{"ca":"x"}}}',
  '{"constructor":{"prototype":{"tls":1}}}',
  '{"endpoint":{"__proto__":{"hostname":"x"}}}',
])('options of JSON cannot reach a prototype: %s', (json) => {
  const options = JSON.parse(json) as IamAuthOptions;
  expect(caught(() => resolveOptions(options)).message).toMatch(
    /^Unknown option iamAuth\.(?:__proto__|constructor|endpoint\.__proto__)/,
  );
  expect(Reflect.get({}, 'tls')).toBeUndefined();
});

it('TLS options of JSON bring no trusted roots through their prototype', () => {
  const ssl: unknown = JSON.parse(`{"__proto__":{"ca":${JSON.stringify(EVIL_CA)}}}`);
  const inheriting: unknown = Object.create({ ca: EVIL_CA });
  for (const given of [ssl, inheriting])
    expect(sslOptions({ options: { ssl: given }, nameOf: String }).ca).toBeUndefined();
});
