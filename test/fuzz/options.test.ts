/** Any value as options. `npm run fuzz` gives each test a million inputs. */
import fc from 'fast-check';
import { Sequelize } from 'sequelize';
import { addIamAuth, registerIamAuth, withIamAuth, type IamAuthOptions } from '../../src';
import { attachmentOf } from '../../src/attach/attachment';
import { resolveOptions } from '../../src/options';
import { check, demand } from '../harness/fuzzing';
import { SECRET, makersOf, shaped, texts, values, type Make } from '../harness/hostile-values';
import { recordingDriver } from '../harness/recording-driver';
import { accepted } from '../harness/refusals';

const HOST = 'mydb.cluster-abc.eu-west-1.rds.amazonaws.com';
const PEM = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----';

const numbers = makersOf(fc.oneof(fc.double(), fc.integer(), fc.constantFrom(1, 19, 10_000)));
const names = makersOf(fc.oneof(texts, fc.constantFrom('eu-west-1', 'app', HOST)));
const secrets = fc.constantFrom<Make[]>(
  () => SECRET,
  () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET }),
  () => ({ accessKeyId: SECRET }),
  () => () => Promise.reject(new Error(SECRET)),
);
const iamOptions = shaped({
  region: fc.constant(() => 'eu-west-1'),
  credentials: secrets,
  profile: names,
  credentialsTimeoutMs: numbers,
  endpoint: shaped({ hostname: fc.constant(() => HOST), port: numbers, region: names }),
  tls: shaped({
    ca: fc.constantFrom<Make[]>(
      () => PEM,
      () => [PEM],
      () => Buffer.from(PEM),
    ),
  }),
  limiter: shaped({ limit: numbers, key: names, processes: numbers, acquire: values }),
  reuseTokenForMs: numbers,
  logger: shaped({ debug: values, warn: values }),
});
/** Often wrong in one place only, so that the checks behind the first are reached. */
const anyOptions = fc.oneof(
  { weight: 5, arbitrary: iamOptions },
  { weight: 1, arbitrary: values },
  {
    weight: 1,
    arbitrary: fc.constant(() => JSON.parse('{"__proto__":{"tls":{"ca":"x"}}}') as object),
  },
);
const sequelizeOptions = shaped({
  dialect: fc.constantFrom<Make[]>(
    () => 'mysql',
    () => 'mariadb',
    () => 'postgres',
    () => 'sqlite',
  ),
  host: fc.constant(() => HOST),
  port: numbers,
  username: names,
  password: fc.constant(() => SECRET),
  pool: shaped({ max: numbers, acquire: numbers }),
  hooks: shaped({ beforeConnect: values }),
  replication: values,
  dialectOptions: shaped({
    ssl: shaped({ ca: values, rejectUnauthorized: values }),
    stream: values,
    password: secrets,
  }),
  iamAuth: iamOptions,
});

const inherited = () => Object.keys(Object.getOwnPropertyDescriptors(Object.prototype)).length;

/** A copy that no longer changes. */
function resolve(given: unknown): void {
  const options = accepted(() => resolveOptions(given as IamAuthOptions));
  if (options === undefined) return;
  demand(Object.getPrototypeOf(options) === null, 'It inherits');
  for (const own of [options.endpoint, options.tls]) {
    if (typeof own !== 'object') continue;
    demand(Object.getPrototypeOf(own) === null, 'A part inherits');
    const properties = Object.values(Object.getOwnPropertyDescriptors(own));
    demand(!properties.some((property) => 'get' in property), 'A getter');
  }
}

const sequelize = new Sequelize({
  dialect: 'mysql',
  host: HOST,
  username: 'app',
  dialectModule: recordingDriver().module,
});

/** An instance that has IAM authentication, or is as it was. */
function add(given: unknown): void {
  const added = accepted(() => addIamAuth(sequelize, given as IamAuthOptions));
  demand((attachmentOf(sequelize) !== undefined) === (added !== undefined), 'Half attached');
  added?.remove();
  demand(attachmentOf(sequelize) === undefined, 'Still attached');
  demand(!sequelize.hasHook('beforeConnect'), 'A hook is left');
}

class Registered extends Sequelize {}

/** A class that is registered, or is as it was. */
function register(given: unknown): void {
  accepted(() => registerIamAuth(Registered, given as IamAuthOptions))?.remove();
  demand(!Sequelize.hasHook('afterInit'), 'A hook is left');
}

it('are checked, and added to an instance or a class that otherwise stays as it was', async () => {
  const before = inherited();
  const takers = fc.constantFrom(resolve, add, register);
  await check(fc.tuple(anyOptions, takers), ([make, take]) => take(make()));
  expect(inherited()).toBe(before);
});

it('of Sequelize are taken with the flag, or refused', async () => {
  await check(sequelizeOptions, (make) => {
    const options = accepted(() => withIamAuth(make()));
    demand(options === undefined || !('iamAuth' in options), 'The flag is left');
  });
});

it('are refused in the place of an instance or a class', async () => {
  await check(values, (make) => {
    demand(accepted(() => addIamAuth(make() as Sequelize)) === undefined, 'No instance');
    demand(accepted(() => registerIamAuth(make() as typeof Sequelize)) === undefined, 'No class');
  });
});
