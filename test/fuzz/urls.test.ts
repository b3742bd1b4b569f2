/** Connection URLs, as Sequelize 6, Sequelize 7 and sequelize-cli read them. `npm run fuzz` gives each test a million inputs. */
import fc from 'fast-check';
import { Sequelize as Sequelize7 } from '@sequelize/core';
import { MySqlDialect } from '@sequelize/mysql';
import { PostgresDialect } from '@sequelize/postgres';
import { Sequelize } from 'sequelize';
import { addIamAuth } from '../../src';
import { readApplication } from '../../src/application/application';
import { givenConfig } from '../../src/application/given-options';
import { readConnectTarget } from '../../src/dialects/driver-options';
import { adaptSequelize } from '../../src/sequelize/adapt-sequelize';
import { check, demand } from '../harness/fuzzing';
import { SECRET } from '../harness/hostile-values';
import { mutated } from '../harness/mutations';
import { recordingDriver } from '../harness/recording-driver';
import { accepted } from '../harness/refusals';

const HOST = 'mydb.cluster-abc.eu-west-1.rds.amazonaws.com';
const URLS = [
  `mysql://app@${HOST}:3306/shop`,
  `mysql://app:hunter2@${HOST}/shop`,
  `postgres://app@${HOST}/shop?sslmode=require&host=evil.example`,
  `postgresql://app@${HOST}:5432/shop?ssl=false`,
  `mysql://app@evil.example%2f@${HOST}/shop?socketPath=/tmp/x`,
  `mysql://app@${HOST}/shop?__proto__[host]=evil.example&stream=x`,
  `mysql://app@[::1]:3306/shop`,
  'mysql:///shop',
];
const urls = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...URLS, `mysql://app:${SECRET}@${HOST}/shop`) },
  { weight: 4, arbitrary: mutated(URLS.map((url) => Buffer.from(url))).map(String) },
  {
    weight: 1,
    arbitrary: fc.webUrl({
      withQueryParameters: true,
      validSchemes: ['mysql', 'postgres', 'mariadb'],
    }),
  },
);

/** What fails in these classes is Sequelize's refusal of the URL, which is none of ours. */
const refused: { bySequelize: boolean | undefined } = { bySequelize: false };
class Marked6 extends Sequelize {
  constructor(...given: [never, never]) {
    refused.bySequelize = true;
    super(...given);
    refused.bySequelize = false;
  }
}
class Marked7 extends (Sequelize7 as unknown as new (options: object) => Sequelize7) {
  constructor(options: object) {
    refused.bySequelize = true;
    super(options);
    refused.bySequelize = false;
  }
}

/** What would be signed for is where the instance connects. */
function checkInstance(sequelize: Sequelize | Sequelize7): void {
  if (accepted(() => addIamAuth(sequelize)) === undefined) return;
  const instance = adaptSequelize(sequelize);
  for (const config of instance.configs()) {
    const driverConfig = instance.driverConfig(config);
    const target = accepted(() => readConnectTarget(driverConfig, instance.dialect.defaultPort));
    if (target === undefined) continue;
    const { host } = driverConfig.options;
    // Config files leave the host out by an empty text.
    demand(
      target.hostname === (host === undefined || host === '' ? 'localhost' : host),
      `Another host: ${String(host)}`,
    );
    demand(target.port > 0, 'No port');
  }
}

const dialectModule = recordingDriver().module;
const Class6 = Marked6 as unknown as Parameters<typeof readApplication>[2]['Sequelize'];

function sequelize6(url: string): void {
  const options = { dialectModule, logging: false } as const;
  checkInstance(new Marked6(url as never, options as never));
}

function sequelize7(url: string): void {
  const options = url.startsWith('m')
    ? { dialect: MySqlDialect, mysql2Module: dialectModule, url }
    : { dialect: PostgresDialect, url };
  checkInstance(new Marked7(options));
}

function sequelizeCli(url: string): void {
  const loaded = givenConfig({ sequelizeOptions: { url, dialectModule, iamAuth: true } });
  if (loaded === undefined) throw new Error('No configuration');
  readApplication(loaded, {}, { packageName: 'sequelize', Sequelize: Class6 });
}

/** The package takes or refuses it, unless Sequelize refuses it before. */
function tryForm([url, pass]: readonly [string, (url: string) => void]): void {
  Object.assign(refused, { bySequelize: false });
  try {
    accepted(() => pass(url));
  } catch (error) {
    if (refused.bySequelize !== true) throw error;
  }
}

it('are taken or refused, with Sequelize 6 and sequelize-cli', async () => {
  await check(fc.tuple(urls, fc.constantFrom(sequelize6, sequelizeCli)), tryForm);
});

it('are taken or refused, with Sequelize 7', async () => {
  // It never gives the memory of an instance back, closed or not: 12 KB each.
  await check(fc.tuple(urls, fc.constant(sequelize7)), tryForm, 2000);
});
