import { inspect } from 'node:util';
import { Model as Model7, Sequelize as Sequelize7 } from '@sequelize/core';
import { MySqlDialect } from '@sequelize/mysql';
import { Model, Sequelize } from 'sequelize';
import {
  addIamAuth,
  IamAuthError,
  registerIamAuth,
  withIamAuth,
  type IamAuthOptions,
  type IamAuthRegistration,
} from '../../../src';
import { caught, rejected } from '../../harness/caught';
import { freshHost, recordingDriver } from '../../harness/recording-driver';

/** As much of an instance, of either version, as the tests use. */
interface Instance {
  authenticate(): Promise<void>;
  query(sql: string): Promise<unknown>;
  close(): Promise<void>;
}

/** What a test may say about the options of an instance, in either version's words. */
type Given = Readonly<Record<string, unknown>>;

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown) => void unhandled.push(reason);
let registrations: IamAuthRegistration[];
beforeAll(() => void process.on('unhandledRejection', onUnhandled));
afterAll(() => void process.off('unhandledRejection', onUnhandled));
beforeEach(() => {
  registrations = [registerIamAuth(Sequelize), registerIamAuth(Sequelize7)];
});
afterEach(async () => {
  for (const registration of registrations) registration.remove();
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled.splice(0)).toEqual([]);
});

/** Options that can be told apart by who is asked for credentials. */
function twoOptions() {
  const asked: string[] = [];
  const named = (name: string): IamAuthOptions => ({
    credentials: () => {
      asked.push(name);
      return Promise.resolve({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' });
    },
  });
  return { first: named('first'), second: named('second'), asked };
}

const VERSIONS = [
  {
    version: 6,
    given: (): Given => ({
      dialect: 'mysql',
      dialectModule: recordingDriver().module,
      databaseVersion: '8.0.36',
      logging: false,
      host: freshHost(),
      username: 'app',
    }),
    create: (options: Given): Instance => new Sequelize(options),
    optionsOf: (instance: Instance) => (instance as unknown as { options: Given }).options,
  },
  {
    version: 7,
    given: (): Given => ({
      dialect: MySqlDialect,
      mysql2Module: recordingDriver().module,
      host: freshHost(),
      user: 'app',
      port: 3306,
    }),
    create: (options: Given): Instance =>
      new (Sequelize7 as unknown as new (options: Given) => Instance)(options),
    optionsOf: (instance: Instance) => (instance as unknown as { rawOptions: Given }).rawOptions,
  },
] as const;

const login = (instance: Instance) => instance.query('SELECT 1');

/** The three ways in which an instance gets IAM authentication. */
const makersOf = ({ given, create }: Pick<(typeof VERSIONS)[number], 'given' | 'create'>) => [
  {
    way: 'withIamAuth',
    make: (iamAuth: IamAuthOptions) => create(withIamAuth({ ...given(), iamAuth })),
  },
  { way: 'the flag', make: (iamAuth: IamAuthOptions) => create({ ...given(), iamAuth }) },
  {
    way: 'addIamAuth',
    make: (iamAuth: IamAuthOptions) => {
      const instance = create(given());
      addIamAuth(instance, iamAuth);
      return instance;
    },
  },
];

describe.each(VERSIONS)('an instance of Sequelize $version', ({ version, given, create }) => {
  describe.each(makersOf({ given, create }))('made by $way', ({ make }) => {
    it.each([
      { call: 'addIamAuth()', again: () => undefined },
      { call: 'addIamAuth({})', again: () => ({}) },
      { call: 'addIamAuth(the same options)', again: (same: IamAuthOptions) => same },
    ])('keeps its options after $call', async ({ again }) => {
      const { first, asked } = twoOptions();
      const instance = make(first);
      const handle = addIamAuth(instance, again(first));
      await login(instance);
      expect(asked).toEqual(['first']);
      expect(handle.stats).toMatchObject({ accepted: 1, waiting: 0, connecting: 0 });
      expect(addIamAuth(instance)).toBe(handle);
      await instance.close();
    });

    it.each(['before its first query', 'after it'])('refuses other options %s', async (when) => {
      const { first, second, asked } = twoOptions();
      const instance = make(first);
      if (when === 'after it') await login(instance);
      const error = caught(() => addIamAuth(instance, second));
      expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
      expect(error.message).toMatch(/other .*options/);
      await login(instance);
      expect(asked).toEqual(['first']);
      await instance.close();
    });

    it('takes other options once the first are removed', async () => {
      const { first, second, asked } = twoOptions();
      const instance = make(first);
      addIamAuth(instance).remove();
      const handle = addIamAuth(instance, second);
      await login(instance);
      expect(asked).toEqual(['second']);
      expect(handle.stats.accepted).toBe(1);
      await instance.close();
    });
  });

  it('made by withIamAuth takes the flag `true` for the options that it has', async () => {
    const { first, asked } = twoOptions();
    const instance = create({ ...withIamAuth({ ...given(), iamAuth: first }), iamAuth: true });
    await login(instance);
    expect(asked).toEqual(['first']);
    await instance.close();
  });

  it('made by withIamAuth refuses a flag with other options', async () => {
    const { first, second, asked } = twoOptions();
    const options = { ...withIamAuth({ ...given(), iamAuth: first }), iamAuth: second };
    if (version === 7) {
      expect(caught(() => create(options)).code).toBe('ERR_IAM_AUTH_OPTIONS');
    } else {
      const instance = create(options);
      for (let time = 0; time < 2; time += 1) {
        expect((await rejected(login(instance))).code).toBe('ERR_IAM_AUTH_OPTIONS');
      }
      expect(caught(() => addIamAuth(instance)).code).toBe('ERR_IAM_AUTH_OPTIONS');
      expect(caught(() => addIamAuth(instance, first)).code).toBe('ERR_IAM_AUTH_OPTIONS');
      await instance.close();
    }
    expect(asked).toEqual([]);
  });

  it('made by withIamAuth refuses other options however often they are given', async () => {
    const { first, second, asked } = twoOptions();
    const options = withIamAuth({ ...given(), iamAuth: first });
    const instance = create(options);
    for (let time = 0; time < 2; time += 1) {
      expect(caught(() => addIamAuth(instance, second)).code).toBe('ERR_IAM_AUTH_OPTIONS');
    }
    if (version === 7) {
      for (let time = 0; time < 2; time += 1) {
        const flagged = { ...withIamAuth({ ...given(), iamAuth: first }), iamAuth: second };
        expect(caught(() => create(flagged)).code).toBe('ERR_IAM_AUTH_OPTIONS');
      }
    }
    await login(instance);
    expect(asked).toEqual(['first']);
    await instance.close();
  });

  it('keeps the options that it was given, whatever becomes of the object', async () => {
    const { first, asked } = twoOptions();
    const options: IamAuthOptions = { ...first };
    const instance = create(given());
    addIamAuth(instance, options);
    options.tls = { ca: 'no certificate' };
    expect(caught(() => addIamAuth(instance, options)).message).toContain('other options');
    await login(instance);
    expect(asked).toEqual(['first']);
    await instance.close();
  });

  it('shows no credentials to whoever prints it, however it was made', () => {
    const iamAuth = { credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'hidden-1' } };
    const added = create(given());
    const handle = addIamAuth(added, iamAuth);
    const flagged = create({ ...given(), iamAuth });
    const made = create(withIamAuth({ ...given(), iamAuth }));
    for (const target of [added, handle, flagged, made]) {
      const printed = inspect(target, { showHidden: true, showProxy: true, depth: 6 });
      expect(printed).not.toContain('hidden-1');
    }
  });

  it('that cannot be changed in all is left as it was', () => {
    const instance = create(given());
    const { connectionManager, dialect, pool } = Object.assign({}, instance) as unknown as {
      connectionManager?: { pool: object };
      dialect: { connectionManager: object };
      pool?: { write: object };
    };
    const manager = connectionManager ?? dialect.connectionManager;
    const touched = [instance, manager, connectionManager?.pool ?? pool?.write ?? {}];
    const properties = () => touched.map((target) => Reflect.ownKeys(target));
    const close = () => Promise.resolve();
    Object.defineProperty(version === 6 ? manager : instance, 'close', { value: close });
    const before = properties();
    expect(() => addIamAuth(instance)).toThrow(TypeError);
    expect(properties()).toEqual(before);
  });

  it('has its options for another copy of the package too', async () => {
    const { first, asked } = twoOptions();
    let copy: typeof import('../../../src') | undefined;
    jest.isolateModules(() => {
      copy = jest.requireActual<typeof import('../../../src')>('../../../src');
    });
    if (copy === undefined) throw new Error('There is no copy');
    const instance = create(copy.withIamAuth({ ...given(), iamAuth: first }));
    addIamAuth(instance);
    await login(instance);
    expect(asked).toEqual(['first']);
    await instance.close();
  });

  it('has the options of the last withIamAuth', async () => {
    const { first, second, asked } = twoOptions();
    const options = withIamAuth({ ...given(), iamAuth: first });
    const instance = create(withIamAuth({ ...options, iamAuth: second }));
    await login(instance);
    expect(asked).toEqual(['second']);
    await instance.close();
  });
});

describe.each(VERSIONS)('a copy of an instance’s options in Sequelize $version', (sequelize) => {
  const { version, create, optionsOf } = sequelize;
  const copyOf = (instance: Instance, changes: Given = {}) =>
    create({ ...optionsOf(instance), host: freshHost(), ...changes });
  // Sequelize 7 hands on no hook that was added.
  const makers = makersOf(sequelize).filter(({ way }) => version === 6 || way !== 'addIamAuth');

  describe.each(makers)('that was made by $way', ({ make }) => {
    it('logs in as the instance that it is, and so does a copy of the copy', async () => {
      const { first, asked } = twoOptions();
      const original = make(first);
      const copy = copyOf(original);
      const grandchild = copyOf(copy);
      for (const instance of [grandchild, copy, original]) await login(instance);
      const handles = [original, copy, grandchild].map((instance) => addIamAuth(instance));
      expect(new Set(handles).size).toBe(3);
      for (const { stats } of handles) expect(stats.accepted).toBe(1);
      // One provider, asked once.
      expect(asked).toEqual(['first']);
      await copy.close();
      await login(original);
      await login(grandchild);
      handles[0]?.remove();
      await login(grandchild);
      for (const instance of [original, grandchild]) await instance.close();
    });

    it('keeps its options after addIamAuth()', async () => {
      const { first, asked } = twoOptions();
      const copy = copyOf(make(first));
      const handle = addIamAuth(copy);
      await login(copy);
      expect(handle.stats.accepted).toBe(1);
      expect(asked).toEqual(['first']);
      await copy.close();
    });

    it.each(['before its first query', 'after it'])(
      'takes those of addIamAuth %s',
      async (when) => {
        const { first, second, asked } = twoOptions();
        const original = make(first);
        await login(original);
        const copy = copyOf(original, { pool: { max: 2, maxUses: 1 } });
        if (when === 'after it') await login(copy);
        const handle = addIamAuth(copy, second);
        await login(copy);
        expect(asked).toEqual(['first', 'second']);
        expect(handle.stats).toMatchObject({ accepted: 1, connecting: 0 });
        expect(caught(() => addIamAuth(copy, first)).code).toBe('ERR_IAM_AUTH_OPTIONS');
        await login(original);
        for (const instance of [original, copy]) await instance.close();
      },
    );

    it.each([
      { flag: 'true', names: ['first'], choose: () => true as const },
      { flag: 'other options', names: ['second'], choose: (other: IamAuthOptions) => other },
    ])('with the flag $flag asks $names', async ({ names, choose }) => {
      const { first, second, asked } = twoOptions();
      const original = make(first);
      await login(original);
      asked.length = 0;
      const iamAuth = choose(second);
      const copies = [
        copyOf(original, { iamAuth }),
        create(withIamAuth({ ...optionsOf(original), host: freshHost(), iamAuth })),
      ];
      for (const copy of [...copies, copyOf(copies[0] as Instance)]) {
        await login(copy);
        await copy.close();
      }
      // The first was asked already, for the original.
      expect(asked).toEqual(names.filter((name) => name !== 'first'));
      await original.close();
    });

    it('has no IAM authentication with the flag `false`', async () => {
      const { first, asked } = twoOptions();
      const original = make(first);
      const { module, opened } = recordingDriver();
      const driver = version === 6 ? { dialectModule: module } : { mysql2Module: module };
      const off = { ...optionsOf(original), ...driver, password: 'x', iamAuth: false };
      for (const copy of [create(off), create(withIamAuth(off))]) {
        await login(copy);
        await copy.close();
      }
      expect(opened.map(({ password }) => password)).toEqual(['x', 'x']);
      expect(asked).toEqual([]);
      await original.close();
    });

    it('keeps its IAM authentication when bad options are refused', async () => {
      const { first, asked } = twoOptions();
      const original = make(first);
      await login(original);
      const copy = copyOf(original, { pool: { max: 1, maxUses: 1 } });
      await login(copy);
      const bad = { regoin: 'x' } as IamAuthOptions;
      expect(caught(() => addIamAuth(copy, bad)).message).toContain('regoin');
      await login(copy);
      expect(addIamAuth(copy).stats).toMatchObject({ accepted: 2, connecting: 0 });
      expect(asked).toEqual(['first']);
      for (const instance of [original, copy]) await instance.close();
    });

    it('leaves the original’s options as they were', () => {
      const { first } = twoOptions();
      const original = make(first);
      const before = { ...optionsOf(original) };
      copyOf(original, { iamAuth: false });
      copyOf(original);
      expect(optionsOf(original)).toEqual(before);
    });
  });
});

describe('a copy in Sequelize 6', () => {
  const [{ given, create, optionsOf }] = VERSIONS;

  it('may call the hook from one of its own', async () => {
    const { first, asked } = twoOptions();
    const options = withIamAuth({ ...given(), iamAuth: first });
    const { beforeConnect } = (options as { hooks?: unknown }).hooks as {
      beforeConnect: ((this: unknown, config: object) => Promise<void>)[];
    };
    const [hook] = beforeConnect;
    const own = async function (this: unknown, config: object) {
      await hook?.call(this, config);
    };
    const instance = create({ ...options, hooks: { beforeConnect: own } });
    await login(instance);
    expect(asked).toEqual(['first']);
    await instance.close();
    const bare = create({
      ...options,
      hooks: { beforeConnect: (config: object) => hook?.call(undefined, config) },
    });
    expect((await rejected(login(bare))).message).toContain('with the instance as this');
    await bare.close();
  });

  it('has no IAM authentication with the flag `false`, whether its class is registered or not', async () => {
    for (const registration of registrations.splice(0)) registration.remove();
    const { first, asked } = twoOptions();
    const { module, opened } = recordingDriver();
    const original = create({ ...given(), dialectModule: module });
    addIamAuth(original, first);
    const copy = create({ ...optionsOf(original), password: 'x', iamAuth: false });
    await login(copy);
    expect(opened).toMatchObject([{ password: 'x' }]);
    expect(asked).toEqual([]);
    for (const instance of [original, copy]) await instance.close();
  });

  it('of an instance whose host is refused logs in with a host of its own', async () => {
    const { first, asked } = twoOptions();
    const refused = create({ ...given(), host: '10.0.0.1', iamAuth: first });
    expect((await rejected(login(refused))).code).toBe('ERR_IAM_AUTH_ENDPOINT');
    for (const flag of [{}, { iamAuth: true }]) {
      const copy = create({ ...optionsOf(refused), host: freshHost(), ...flag });
      await login(copy);
      expect(addIamAuth(copy).stats.accepted).toBe(1);
      await copy.close();
    }
    expect(asked).toEqual(['first']);
    await refused.close();
  });

  it('may share the hooks alone', async () => {
    const { first, asked } = twoOptions();
    const original = create(given());
    addIamAuth(original, first);
    const { hooks } = optionsOf(original);
    const other = create({ ...given(), hooks });
    await login(other);
    expect(asked).toEqual(['first']);
    expect(addIamAuth(other).stats.accepted).toBe(1);
    expect(addIamAuth(original).stats.accepted).toBe(0);
    for (const instance of [original, other]) await instance.close();
  });

  it('of an instance with a mistake reports it, until the copy has none', async () => {
    const broken = create({ ...given(), iamAuth: { regoin: 'x' } });
    const copy = create({ ...optionsOf(broken), host: freshHost() });
    for (const instance of [broken, copy]) {
      expect((await rejected(login(instance))).message).toContain('regoin');
    }
    expect(caught(() => addIamAuth(copy)).message).toContain('regoin');
    const { first, asked } = twoOptions();
    addIamAuth(copy, first);
    await login(copy);
    const flagged = create({ ...optionsOf(broken), host: freshHost(), iamAuth: first });
    await login(flagged);
    expect(asked).toEqual(['first']);
    for (const instance of [broken, copy, flagged]) await instance.close();
  });

  it('that names no host is refused, for localhost is no RDS endpoint', async () => {
    const { first } = twoOptions();
    const original = create(given());
    addIamAuth(original, first);
    const copy = create({ ...optionsOf(original), host: undefined });
    expect((await rejected(login(copy))).code).toBe('ERR_IAM_AUTH_ENDPOINT');
    for (const instance of [original, copy]) await instance.close();
  });

  it.each([
    { step: 'removed', becomes: [] },
    { step: 'replaced', becomes: ['second'] },
  ])('whose IAM authentication is $step while a connection waits', async ({ step, becomes }) => {
    const { first, second, asked } = twoOptions();
    const { module, opened } = recordingDriver();
    const made: { copy?: Instance } = {};
    const beforeConnect = () => {
      const { copy } = made;
      if (copy === undefined) return;
      if (step === 'removed') addIamAuth(copy).remove();
      else addIamAuth(copy, second);
    };
    const original = create({ ...given(), dialectModule: module, hooks: { beforeConnect } });
    addIamAuth(original, first);
    await login(original);
    asked.length = 0;
    const copy = create({ ...optionsOf(original), host: freshHost() });
    made.copy = copy;
    await login(copy);
    expect(asked).toEqual(becomes);
    expect('ssl' in (opened[1] ?? {})).toBe(becomes.length > 0);
    for (const instance of [original, copy]) await instance.close();
  });

  it('runs the hooks that it inherits before IAM authentication, and those added later', async () => {
    const { first } = twoOptions();
    const ran: string[] = [];
    const original = create({ ...given(), hooks: { beforeConnect: () => void ran.push('own') } });
    addIamAuth(original, first);
    const copy = create({ ...optionsOf(original), host: freshHost() }) as unknown as Sequelize;
    copy.addHook('beforeConnect', () => void ran.push('later'));
    const handle = addIamAuth(copy);
    await copy.query('SELECT 1');
    expect(ran).toEqual(['own', 'later']);
    expect(handle.stats.accepted).toBe(1);
    for (const instance of [original, copy]) await instance.close();
  });
});

describe('registering again', () => {
  it.each([
    ['Sequelize 6', Sequelize, class extends Sequelize {}],
    ['Sequelize 7', Sequelize7, class extends Sequelize7 {}],
  ])('%s: with the same defaults changes nothing, with others is refused', (_, Class, Subclass) => {
    for (const registration of registrations.splice(0)) registration.remove();
    const { first, second } = twoOptions();
    const registration = registerIamAuth(Class, first);
    registrations.push(registration);
    expect(registerIamAuth(Class)).toBe(registration);
    expect(registerIamAuth(Class, first)).toBe(registration);
    expect(registerIamAuth(Subclass, first)).toBe(registration);
    for (const each of [Class, Subclass]) {
      const error = caught(() => registerIamAuth(each, second));
      expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
      expect(error.message).toContain('other defaults');
    }
    registration.remove();
    registrations.push(registerIamAuth(Class, second));
  });

  it.each([
    ['Sequelize 6', Sequelize],
    ['Sequelize 7', Sequelize7],
  ])('%s: the end of one registration does not end the next', (_, Class) => {
    for (const registration of registrations.splice(0)) registration.remove();
    const { first, second } = twoOptions();
    const stale = registerIamAuth(Class, first);
    stale.remove();
    registrations.push(registerIamAuth(Class, second));
    stale.remove();
    expect(caught(() => registerIamAuth(Class, first)).message).toContain('other defaults');
  });

  it('Sequelize 6: the end of one leaves another copy of the package registered', async () => {
    for (const registration of registrations.splice(0)) registration.remove();
    const [{ given, create }] = VERSIONS;
    let copy: typeof import('../../../src') | undefined;
    jest.isolateModules(() => {
      copy = jest.requireActual<typeof import('../../../src')>('../../../src');
    });
    const registration = registerIamAuth(Sequelize);
    if (copy === undefined) throw new Error('There is no copy');
    registrations.push(copy.registerIamAuth(Sequelize));
    registration.remove();
    const { first, asked } = twoOptions();
    const instance = create({ ...given(), iamAuth: first });
    await login(instance);
    expect(asked).toEqual(['first']);
    await instance.close();
  });

  it.each([undefined, {}, Model, Model7, Sequelize.prototype, Date, { Sequelize }])(
    'refuses %p, which is not Sequelize’s class',
    (value) => {
      const error = caught(() => registerIamAuth(value as unknown as typeof Sequelize));
      expect(error).toBeInstanceOf(IamAuthError);
      expect(error.code).toBe('ERR_IAM_AUTH_UNSUPPORTED');
    },
  );
});
