import { inspect } from 'node:util';
import { Sequelize } from '@sequelize/core';
import { MySqlDialect } from '@sequelize/mysql';
import { addIamAuth, registerIamAuth, type IamAuthRegistration } from '../../../src';
import { caught } from '../../harness/caught';
import { freshHost } from '../../harness/recording-driver';
import {
  create,
  CREDENTIALS,
  poolsOf,
  PRESET,
  recorded,
} from '../../harness/recording-sequelize-7';

let registration: IamAuthRegistration;
beforeEach(() => {
  registration = registerIamAuth(Sequelize, { credentials: CREDENTIALS });
});
afterEach(() => registration.remove());

/** A photograph of an object, to compare with a later one: its properties and whether they can be seen. */
const photograph = (target: object) => Object.getOwnPropertyDescriptors(target);

describe('an instance of a registered class', () => {
  it.each([true, {}])('logs in with IAM when its flag is %j', async (iamAuth) => {
    const { given, opened } = recorded({ iamAuth });
    const sequelize = create(given);
    await sequelize.query('SELECT 1');
    expect(opened).toHaveLength(1);
    expect(opened[0]).toHaveProperty('ssl.verifyIdentity', true);
    expect(addIamAuth(sequelize).stats.accepted).toBe(1);
    await sequelize.close();
  });

  it.each([undefined, false, null])('is left alone when its flag is %j', async (iamAuth) => {
    const { given, opened } = recorded({ iamAuth, password: 'x', port: 3306 });
    const sequelize = create(given);
    await sequelize.query('SELECT 1');
    expect(opened[0]).toMatchObject({ password: 'x' });
    expect(opened[0]).not.toHaveProperty('ssl');
    expect(poolsOf(sequelize)).toEqual([{ ...PRESET, idleTimeoutMillis: 10_000 }]);
    await sequelize.close();
  });

  it('has its flag’s options instead of the defaults', async () => {
    let asked = 0;
    const credentials = () => {
      asked += 1;
      return Promise.resolve(CREDENTIALS);
    };
    const sequelize = create(recorded({ iamAuth: { credentials } }).given);
    await sequelize.query('SELECT 1');
    expect(asked).toBe(1);
    await sequelize.close();
  });

  it('shows the credentials of its flag to nobody who prints it', () => {
    const sequelize = create(recorded({ iamAuth: { credentials: CREDENTIALS } }).given);
    const printed = inspect(sequelize, { depth: null });
    expect(printed).toContain('rawOptions');
    expect(printed).not.toContain(CREDENTIALS.secretAccessKey);
  });

  it.each(['with its base class', 'alone'])('may be of a subclass, registered %s', async (how) => {
    class Own extends Sequelize {}
    if (how === 'alone') registration.remove();
    const ownRegistration = registerIamAuth(Own, { credentials: CREDENTIALS });
    const { given, opened } = recorded({ iamAuth: true });
    const sequelize = create(given, Own);
    await sequelize.query('SELECT 1');
    expect(opened[0]).toHaveProperty('ssl.verifyIdentity', true);
    expect(addIamAuth(sequelize).stats).toMatchObject({ accepted: 1, connecting: 0 });
    await sequelize.close();
    ownRegistration.remove();
    registration.remove();
    expect(() => create(given, Own)).toThrow(/iamAuth/);
  });

  it('is constructed within another’s construction, each with its own options', async () => {
    const regions: unknown[] = [];
    const asking = (name: string) => () => {
      regions.push(name);
      return Promise.resolve(CREDENTIALS);
    };
    const inner = recorded({ iamAuth: { credentials: asking('inner') } });
    const created: Sequelize[] = [];
    class Nesting extends MySqlDialect {
      constructor(...args: ConstructorParameters<typeof MySqlDialect>) {
        super(...args);
        created.push(create(inner.given));
      }
    }
    const outer = recorded({ dialect: Nesting, iamAuth: { credentials: asking('outer') } });
    created.push(create(outer.given));
    for (const sequelize of created) {
      await sequelize.query('SELECT 1');
      await sequelize.close();
    }
    expect(regions).toEqual(['inner', 'outer']);
  });
});

describe('pools', () => {
  const replication = { write: { host: freshHost() }, read: [{ host: freshHost() }] };

  it.each([
    { options: {}, iamAuth: true, pools: [PRESET] },
    {
      options: { pool: { max: 9, idle: 5_000 } },
      iamAuth: true,
      pools: [{ ...PRESET, maxSize: 9, idleTimeoutMillis: 5_000 }],
    },
    {
      options: { pool: { max: 9, idle: undefined } },
      iamAuth: true,
      pools: [{ ...PRESET, maxSize: 9 }],
    },
    {
      options: {},
      iamAuth: { limiter: { processes: 4 } },
      pools: [{ ...PRESET, maxSize: 3 }],
    },
    { options: { replication }, iamAuth: true, pools: [PRESET, PRESET] },
  ])('are filled only where the user set nothing: %#', ({ options, iamAuth, pools }) => {
    expect(poolsOf(create(recorded({ ...options, iamAuth }).given))).toEqual(pools);
  });
});

describe('the caller’s options', () => {
  it.each([
    { iamAuth: true },
    { iamAuth: true, pool: undefined },
    { iamAuth: true, pool: Object.freeze({ max: 7 }) },
    { iamAuth: false, pool: Object.freeze({ max: 7 }) },
    { iamAuth: undefined },
    {},
  ])('are as they were when the constructor returns: %j', (flagged) => {
    const { given } = recorded(flagged);
    const before = photograph(given);
    create(given);
    expect(photograph(given)).toEqual(before);
  });

  it('make as many instances as the caller likes', async () => {
    const { given, opened } = recorded({ iamAuth: true });
    const instances = [create(given), create(given)];
    for (const sequelize of instances) {
      await sequelize.query('SELECT 1');
      expect(addIamAuth(sequelize).stats.accepted).toBe(1);
      await sequelize.close();
    }
    expect(opened).toHaveLength(2);
  });

  it.each([
    ['ours', { iamAuth: 'yes' }],
    ['ours after the construction', { iamAuth: true, password: 'secret-1' }],
    ['Sequelize’s', { iamAuth: true, regoin: 'x' }],
  ])(
    'are as they were in the turn after the constructor threw an error of %s',
    async (_, wrong) => {
      const { given } = recorded(wrong);
      const before = photograph(given);
      expect(() => create(given)).toThrow();
      await Promise.resolve();
      expect(photograph(given)).toEqual(before);
    },
  );

  it('that failed once do not disturb the next construction', async () => {
    expect(() => create(recorded({ iamAuth: true, regoin: 'x' }).given)).toThrow(/regoin/);
    const plain = create(recorded({ password: 'x' }).given);
    const flagged = create(recorded({ iamAuth: true }).given);
    await Promise.resolve();
    expect(addIamAuth(flagged).stats.waiting).toBe(0);
    expect(caught(() => addIamAuth(plain)).message).toContain('password');
  });

  it.each([
    ['frozen', Object.freeze],
    ['sealed', Object.seal],
    ['not extensible', Object.preventExtensions],
  ])('are refused with the remedy when they are %s', (_, close) => {
    const given = close(recorded({ iamAuth: true }).given);
    const before = photograph(given);
    const error = caught(() => create(given));
    expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
    expect(error.message).toContain('pass withIamAuth(options)');
    expect(photograph(given)).toEqual(before);
  });

  it('may be frozen where they have no flag', () => {
    expect(() => create(Object.freeze(recorded().given))).not.toThrow();
  });
});

describe('a mistake is thrown from the constructor', () => {
  it.each([
    [{ iamAuth: 'yes' }, 'ERR_IAM_AUTH_OPTIONS'],
    [{ iamAuth: { regoin: 'x' } }, 'ERR_IAM_AUTH_OPTIONS'],
    [{ iamAuth: { limiter: { limit: '5' } } }, 'ERR_IAM_AUTH_OPTIONS'],
    [{ iamAuth: true, password: 'secret-1' }, 'ERR_IAM_AUTH_OPTIONS'],
    [{ iamAuth: true, ssl: false }, 'ERR_IAM_AUTH_TLS'],
    [{ iamAuth: true, host: 'localhost' }, 'ERR_IAM_AUTH_ENDPOINT'],
  ])('%j: %s', (options, code) => {
    const error = caught(() => create(recorded(options).given));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/iamAuth|host|ssl/);
    expect(error.message).not.toContain('secret-1');
  });
});

describe('registering', () => {
  it('twice does it once', async () => {
    expect(registerIamAuth(Sequelize)).toBe(registration);
    const sequelize = create(recorded({ iamAuth: true }).given);
    await sequelize.query('SELECT 1');
    expect(addIamAuth(sequelize).stats).toMatchObject({ accepted: 1, connecting: 0 });
    await sequelize.close();
  });

  it.each([true, { credentialsTimeoutMs: 5_000 }])(
    'by two copies of the package serves an instance once and gives its options back: %j',
    async (iamAuth) => {
      jest.resetModules();
      const copy = jest.requireActual<typeof import('../../../src')>('../../../src');
      expect(copy.registerIamAuth).not.toBe(registerIamAuth);
      const copyRegistration = copy.registerIamAuth(Sequelize, { region: 'us-east-1' });
      const { given, opened } = recorded({ iamAuth });
      const before = photograph(given);
      const sequelize = create(given);
      expect(photograph(given)).toEqual(before);
      await sequelize.query('SELECT 1');
      expect(opened).toHaveLength(1);
      expect(addIamAuth(sequelize).stats).toMatchObject({ accepted: 1, connecting: 0 });
      await sequelize.close();
      copyRegistration.remove();
    },
  );

  it('can be ended for new instances, and begun anew', async () => {
    const earlier = create(recorded({ iamAuth: true }).given);
    registration.remove();
    expect(() => create(recorded({ iamAuth: true }).given)).toThrow(/iamAuth/);
    await earlier.query('SELECT 1');
    expect(addIamAuth(earlier).stats.accepted).toBe(1);
    await earlier.close();

    registration = registerIamAuth(Sequelize, { credentials: CREDENTIALS });
    const again = create(recorded({ iamAuth: true }).given);
    await again.query('SELECT 1');
    expect(addIamAuth(again).stats.accepted).toBe(1);
    await again.close();
  });

  it('leaves the application’s own hooks, before and after it, in place', () => {
    const seen: string[] = [];
    registration.remove();
    const first = Sequelize.hooks.addListener('beforeInit', () => void seen.push('before'));
    registration = registerIamAuth(Sequelize);
    const last = Sequelize.hooks.addListener('beforeInit', (options) => {
      seen.push('after');
      options.pool = { ...options.pool, max: 2 };
    });
    const sequelize = create(recorded({ iamAuth: true }).given);
    registration.remove();
    create(recorded().given);
    for (const remove of [first, last]) remove();
    expect(seen).toEqual(['before', 'after', 'before', 'after']);
    expect(poolsOf(sequelize)).toEqual([{ ...PRESET, maxSize: 2 }]);
    expect(addIamAuth(sequelize).stats.accepted).toBe(0);
  });
});
