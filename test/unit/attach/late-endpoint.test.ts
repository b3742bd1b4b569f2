import { Sequelize as Sequelize7 } from '@sequelize/core';
import { MySqlDialect } from '@sequelize/mysql';
import { Sequelize } from 'sequelize';
import {
  addIamAuth,
  registerIamAuth,
  withIamAuth,
  type IamAuthOptions,
  type IamAuthRegistration,
} from '../../../src';
import { caught, rejected } from '../../harness/caught';
import { freshHost, recordingDriver, type DriverOptions } from '../../harness/recording-driver';

type Given = Readonly<Record<string, unknown>>;
type Fill = (config: Record<string, unknown>) => void;

/** As much of an instance, of either version, as the tests use. */
interface Instance {
  authenticate(): Promise<void>;
  query(sql: string): Promise<unknown>;
  close(): Promise<void>;
}

const iamAuth: IamAuthOptions = {
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' },
};

const create6 = (options: Given): Instance => new Sequelize(options);
const create7 = (options: Given): Instance =>
  new (Sequelize7 as unknown as new (options: Given) => Instance)(options);

const VERSIONS = [
  {
    version: 6,
    create: create6,
    user: 'username',
    given: (module: object) => ({
      dialect: 'mysql',
      dialectModule: module,
      databaseVersion: '8.0.36',
      logging: false,
    }),
  },
  {
    version: 7,
    create: create7,
    user: 'user',
    given: (module: object) => ({ dialect: MySqlDialect, mysql2Module: module }),
  },
] as const;

const WAYS = ['addIamAuth', 'withIamAuth', 'the flag'] as const;

describe.each(VERSIONS)('Sequelize $version', ({ create, given, user }) => {
  let registrations: IamAuthRegistration[] = [];
  afterEach(() => {
    for (const registration of registrations.splice(0)) registration.remove();
  });

  function make(way: (typeof WAYS)[number], options: Given): Instance {
    if (way === 'withIamAuth') return create(withIamAuth({ ...options, iamAuth }));
    if (way === 'addIamAuth') {
      const instance = create(options);
      addIamAuth(instance, iamAuth);
      return instance;
    }
    registrations = [registerIamAuth(Sequelize), registerIamAuth(Sequelize7)];
    return create({ ...options, iamAuth });
  }

  describe.each(WAYS)('with %s', (way) => {
    it.each([
      { missing: ['host'] },
      { missing: [user] },
      { missing: ['host', 'port', user] },
      { missing: ['host', 'port', user], replicated: true },
    ])('logs in to what a hook fills in: %j', async ({ missing, replicated }) => {
      const { module, opened } = recordingDriver();
      const all: Record<string, unknown> = { host: freshHost(), port: 3307, [user]: 'app' };
      const known = Object.fromEntries(
        Object.entries(all).filter(([name]) => !missing.includes(name)),
      );
      const fill: Fill = (config) => {
        for (const name of missing) config[name] = all[name];
      };
      const instance = make(way, {
        ...given(module),
        ...known,
        ...(replicated && { replication: { write: {}, read: [{}] } }),
        hooks: { beforeConnect: fill },
      });
      await instance.query('SELECT 1');
      expect(opened[0]).toMatchObject({ host: all.host, port: 3307, user: 'app' } as DriverOptions);
      expect(addIamAuth(instance).stats.accepted).toBe(1);
      await instance.close();
    });

    it.each([
      { options: { host: freshHost() }, names: user, code: 'ERR_IAM_AUTH_OPTIONS' },
      { options: { [user]: 'app' }, names: 'host', code: 'ERR_IAM_AUTH_ENDPOINT' },
    ])('reports what is missing yet at the first connection: $names', async (row) => {
      const { module, opened } = recordingDriver();
      const instance = make(way, { ...given(module), ...row.options });
      for (let time = 0; time < 2; time += 1) {
        const error = await rejected(instance.query('SELECT 1'));
        expect(error.code).toBe(row.code);
        expect(error.message).toContain(row.names);
      }
      expect(opened).toEqual([]);
      await instance.close();
    });
  });

  it.each([
    [{ host: '10.1.2.3' }, 'ERR_IAM_AUTH_ENDPOINT'],
    [{ host: 'db.internal' }, 'ERR_IAM_AUTH_ENDPOINT'],
    [{ host: 'a b' }, 'ERR_IAM_AUTH_ENDPOINT'],
    [{ password: 'secret-1' }, 'ERR_IAM_AUTH_OPTIONS'],
  ])('addIamAuth refuses at once what is wrong beside what is missing: %j', (options, code) => {
    const instance = create({ ...given(recordingDriver().module), ...options });
    expect(caught(() => addIamAuth(instance, iamAuth)).code).toBe(code);
  });

  it.each(['abc', '0', -1, 3306.5])(
    'refuses the port %j, for drivers dial another in its place',
    (port) => {
      const host = freshHost();
      const options = { ...given(recordingDriver().module), host, [user]: 'app', port };
      const instance = create(options);
      const error = caught(() => addIamAuth(instance, iamAuth));
      expect(error.code).toBe('ERR_IAM_AUTH_ENDPOINT');
      expect(error.message).toContain('port is not a port: set port to a number');
    },
  );

  it('takes an empty port that a hook puts in for the engine’s own', async () => {
    const { module, opened } = recordingDriver();
    const fill: Fill = (config) => void (config.port = '');
    const debug = jest.fn();
    const instance = create({
      ...given(module),
      host: freshHost(),
      [user]: 'app',
      port: 3306,
      hooks: { beforeConnect: fill },
    });
    addIamAuth(instance, { ...iamAuth, logger: { debug } });
    await instance.query('SELECT 1');
    expect(opened).toHaveLength(1);
    expect(debug).toHaveBeenCalledWith(expect.stringContaining(':3306 (eu-west-1)'));
    await instance.close();
  });

  it('addIamAuth asks an endpoint function only about what is complete', async () => {
    const { module, opened } = recordingDriver();
    const host = freshHost();
    const endpoint = jest.fn(() => ({ hostname: host }));
    const fill: Fill = (config) => void Object.assign(config, { host: 'tunnel', [user]: 'app' });
    const instance = create({ ...given(module), hooks: { beforeConnect: fill } });
    addIamAuth(instance, { ...iamAuth, endpoint });
    expect(endpoint).not.toHaveBeenCalled();
    await instance.query('SELECT 1');
    expect(endpoint).toHaveBeenCalledWith({ hostname: 'tunnel', port: 3306, username: 'app' });
    expect(opened[0]?.host).toBe(host);
    await instance.close();
  });
});
