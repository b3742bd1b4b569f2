import { Model, Sequelize as Sequelize7 } from '@sequelize/core';
import { Sequelize as Sequelize6 } from 'sequelize';
import { runDoctor, type DoctorOptions } from 'sequelize-rds-iam/doctor';
import { addIamAuth, registerIamAuth, withIamAuth, type IamAuthOptions } from 'sequelize-rds-iam';
import { startSts, type EmulatedSts } from '../../harness/credential-services';
import { ROOT } from '../../harness/child';
import { alarms, examine, firstFailure, LEFT_PASSWORD } from '../../harness/diagnosis';
import {
  cells,
  iamAuthFor,
  optionsFor,
  startCluster,
  type AnySequelize,
  type Cell,
  type Cluster,
} from '../../harness/cells';
import { withoutAws } from '../../harness/named-rds';
import { CREDENTIALS, USERNAME } from '../../harness/rds';

const { accessKeyId, ...secrets } = CREDENTIALS;
const environment = { ...process.env };
let sts: EmulatedSts;
beforeAll(async () => {
  sts = await startSts({ [accessKeyId]: secrets });
});
beforeEach(() => {
  process.env = { ...withoutAws(environment), AWS_ENDPOINT_URL_STS: sts.url };
});
afterEach(() => {
  process.env = { ...environment };
});
afterAll(() => sts.close());

/** What the tests do with an instance of either version. */
interface Instance extends AnySequelize {
  readonly options: object;
}

/** An instance of either version, whose constructor is typed for its own options. */
function create({ major }: Cell, options: object): Instance {
  const Sequelize = major === 6 ? Sequelize6 : Sequelize7;
  return new (Sequelize as unknown as new (options: object) => Instance)(options);
}

const accepted = async ({ all }: Cluster) => {
  const attempts = await Promise.all(all.map(({ emulator }) => emulator.attempts()));
  return attempts.flat().filter(({ outcome }) => outcome === 'accepted').length;
};

const PARTS = [...cells.filter(({ replication, dialect }) => !replication || dialect === 'mysql')];

describe.each(PARTS)('an instance of $name', (cell) => {
  let cluster: Cluster;
  const open: Instance[] = [];
  beforeAll(async () => {
    cluster = await startCluster(cell);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((instance) => instance.close()));
  });
  afterAll(() => cluster.close());

  const iamAuth = (): IamAuthOptions => iamAuthFor(cluster);
  const instanceOf = (options: object = optionsFor(cell, cluster)) => {
    const instance = create(cell, options);
    open.push(instance);
    return instance;
  };

  const ways: { way: string; make: () => Instance }[] = [
    {
      way: 'addIamAuth',
      make: () => {
        const instance = instanceOf();
        addIamAuth(instance, iamAuth());
        return instance;
      },
    },
    {
      way: 'withIamAuth',
      make: () => instanceOf(withIamAuth({ ...optionsFor(cell, cluster), iamAuth: iamAuth() })),
    },
    {
      way: 'registerIamAuth',
      make: () => {
        const registration = registerIamAuth(cell.major === 6 ? Sequelize6 : Sequelize7);
        try {
          return instanceOf({ ...optionsFor(cell, cluster), iamAuth: iamAuth() });
        } finally {
          registration.remove();
        }
      },
    },
  ];

  it.each(ways)(
    'with IAM authentication by $way raises no alarm, and stays as it is',
    async ({ make }) => {
      const instance = make();
      await instance.query('SELECT 1');
      const handle = addIamAuth(instance);
      // The rest of the snapshot grows older by itself.
      const counts = () => {
        const { waiting, connecting, accepted, denied, failed, notNeeded } = handle.stats;
        return { waiting, connecting, accepted, denied, failed, notNeeded };
      };
      const before = { counts: counts(), accepted: await accepted(cluster) };

      const report = await examine({ sequelize: instance });

      expect(alarms(report)).toEqual([]);
      expect(report.results[0]?.summary).toMatch(/^the given instance: /);
      expect(addIamAuth(instance)).toBe(handle);
      expect(counts()).toEqual(before.counts);
      expect(await accepted(cluster)).toBe(before.accepted + cluster.all.length);
      await instance.query('SELECT 1');
    },
  );

  it('without IAM authentication gets a warning, and is examined as if it had it', async () => {
    const report = await examine({ sequelize: instanceOf() });

    expect(report.results[0]).toMatchObject({
      id: 'config',
      status: 'warn',
      summary: expect.stringContaining('without IAM authentication') as string,
      fix: 'Call addIamAuth(sequelize) before the first query',
    });
    const endpoint = report.results.find(({ id }) => id === 'endpoint');
    expect(endpoint).toMatchObject({
      status: 'fail',
      fix: expect.stringMatching(/endpoint\.hostname/) as string,
    });
  });

  it('without IAM authentication is examined with the options that are given besides', async () => {
    const report = await examine({ sequelize: instanceOf(), iamAuth: iamAuth() });

    expect(alarms(report)).toEqual([]);
  });

  it('with a password of its own is told of it', async () => {
    const password = { password: LEFT_PASSWORD };
    const report = await examine({
      sequelize: instanceOf({ ...optionsFor(cell, cluster), ...password }),
      iamAuth: iamAuth(),
    });

    expect(firstFailure(report)).toMatchObject({
      id: 'config',
      fix: 'Remove password; the token is the password',
    });
  });

  it('made from a URL is examined', async () => {
    const { port } = cluster.writer.emulator;
    const url = `${cell.dialect}://${USERNAME}@127.0.0.1:${port}/app`;
    const named = { host: undefined, port: undefined, database: undefined };
    const user = { username: undefined, user: undefined };
    const { dialectModule, dialect } = optionsFor(cell, cluster) as Record<string, unknown>;
    const options = cell.major === 6 ? { dialectModule, ...named, ...user } : { dialect };
    const Sequelize = (cell.major === 6 ? Sequelize6 : Sequelize7) as unknown as new (
      ...args: unknown[]
    ) => Instance;
    const instance =
      cell.major === 6
        ? new Sequelize(url, { logging: false, ...options })
        : new Sequelize({ url, ...options });
    open.push(instance);

    expect(alarms(await examine({ sequelize: instance, iamAuth: iamAuth() }))).toEqual([]);
  });
});

describe('an instance of Sequelize 6', () => {
  const [cell] = cells;
  if (cell === undefined) throw new Error('There are no cells');
  let cluster: Cluster;
  let instance: Sequelize6;
  beforeAll(async () => {
    cluster = await startCluster(cell);
  });
  afterEach(() => instance.close());
  afterAll(() => cluster.close());

  const make = (options: object = {}) =>
    new Sequelize6('app', USERNAME, undefined, {
      dialect: 'mysql',
      host: '127.0.0.1',
      port: cluster.writer.emulator.port,
      logging: false,
      ...options,
    });

  const attach = () => {
    addIamAuth(instance, iamAuthFor(cluster));
  };

  it('that was given its database and user as arguments is examined, its hooks included', async () => {
    const seen: unknown[] = [];
    instance = make();
    instance.addHook('beforeConnect', 'named', ({ username }) => void seen.push(username));
    instance.addHook('beforeConnect', ({ username }) => void seen.push(username));
    attach();
    const report = await examine({ sequelize: instance });

    expect(alarms(report)).toEqual([]);
    expect(seen).toEqual([USERNAME, USERNAME]);
  });

  it('keeps its models', async () => {
    instance = make();
    const Person = instance.define('person', {});
    attach();
    await examine({ sequelize: instance });

    expect(Person.sequelize).toBe(instance);
  });

  it('whose flag nobody read gets a warning', async () => {
    instance = make({ iamAuth: iamAuthFor(cluster) });
    const report = await examine({ sequelize: instance });

    expect(alarms(report)).toMatchObject([
      {
        id: 'config',
        summary: expect.stringContaining('its iamAuth flag had no effect') as string,
        fix: expect.stringContaining('sequelize-rds-iam/register') as string,
      },
    ]);
  });

  it('is examined with the pool that it has', async () => {
    instance = make({ pool: { max: 7 } });
    attach();
    const { results } = await examine({ sequelize: instance });

    expect(results.at(-1)?.summary).toMatch(/^Up to 8 new connections at once \(max 7,/);
  });
});

it('an instance of Sequelize 7 keeps its models', async () => {
  const cell = cells.find(({ major }) => major === 7);
  if (cell === undefined) throw new Error('There is no cell of Sequelize 7');
  const cluster = await startCluster(cell);
  class Person extends Model {}
  const instance = create(cell, { ...optionsFor(cell, cluster), models: [Person] });
  const report = await examine({ sequelize: instance, iamAuth: iamAuthFor(cluster) });
  const owner: unknown = Person.sequelize;
  await instance.close();
  await cluster.close();

  expect(alarms(report)).toEqual([]);
  expect(owner).toBe(instance);
});

describe('a configuration in code', () => {
  const sequelize = new Sequelize6({ dialect: 'mysql', logging: false });
  const options = { dialect: 'mysql' };

  it.each([
    {
      given: { sequelize: options },
      problem: 'sequelize is not an instance of Sequelize',
      fix: /^pass Sequelize's options as sequelizeOptions/,
    },
    {
      given: { sequelize: Sequelize6 },
      problem: 'sequelize is not an instance of Sequelize',
      fix: /an instance of Sequelize 6 or 7 as sequelize$/,
    },
    {
      given: { sequelizeOptions: sequelize },
      problem: 'sequelizeOptions is an instance of Sequelize',
      fix: /^pass it as the option sequelize$/,
    },
    {
      given: { sequelizeOptions: [] },
      problem: 'sequelizeOptions must be an object',
      fix: /as sequelizeOptions$/,
    },
    {
      given: { sequelize, sequelizeOptions: options },
      problem: 'sequelizeOptions and sequelize are both set',
      fix: /^set sequelizeOptions or sequelize$/,
    },
    {
      given: { sequelize, config: 'x.json' },
      problem: 'sequelize and config are both set',
      fix: /^set sequelize or config$/,
    },
    {
      given: { sequelizeOptions: options, config: 'x.json' },
      problem: 'sequelizeOptions and config are both set',
      fix: /^set sequelizeOptions or config$/,
    },
  ])('is refused: $problem', async ({ given, problem, fix }) => {
    await expect(runDoctor({ cwd: ROOT, ...given } as DoctorOptions)).rejects.toMatchObject({
      code: 'ERR_IAM_AUTH_OPTIONS',
      message: expect.stringContaining(problem) as string,
      fix: expect.stringMatching(fix) as string,
    });
  });
});
