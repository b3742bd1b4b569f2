import { Sequelize, type Options } from 'sequelize';
import { addIamAuth, registerIamAuth, withIamAuth, type IamAuthOptions } from 'sequelize-rds-iam';
import { peakPerSecond } from 'rds-iam-emulator';
import { CREDENTIALS, outcomes, startRds, times, USERNAME, type Rds } from '../../harness/rds';

let rds: Rds;
beforeEach(async () => {
  rds = await startRds();
});
afterEach(() => rds.close());

function settings() {
  const { hostname, emulator, authority } = rds;
  const iamAuth: IamAuthOptions = {
    endpoint: { hostname },
    tls: { ca: authority.caPem },
    credentials: CREDENTIALS,
  };
  const options = {
    dialect: 'mysql' as const,
    host: '127.0.0.1',
    port: emulator.port,
    username: USERNAME,
    database: 'app',
    logging: false as const,
  };
  return { options, iamAuth };
}

/** Sequelize's types hide the options of an instance. */
const optionsOf = (sequelize: Sequelize) => (sequelize as unknown as { options: Options }).options;

const select = (sequelize: Sequelize) => sequelize.query('SELECT 1');

const makers: Readonly<Record<string, () => Sequelize>> = {
  addIamAuth: () => {
    const { options, iamAuth } = settings();
    const sequelize = new Sequelize(options);
    addIamAuth(sequelize, iamAuth);
    return sequelize;
  },
  withIamAuth: () => {
    const { options, iamAuth } = settings();
    return new Sequelize(withIamAuth({ ...options, iamAuth }));
  },
  'the flag': () => {
    const { options, iamAuth } = settings();
    const registration = registerIamAuth(Sequelize);
    const flagged = { ...options, iamAuth };
    const sequelize = new Sequelize(flagged);
    registration.remove();
    return sequelize;
  },
};

describe.each(Object.entries(makers))('options copied from an instance made by %s', (_, make) => {
  it('log in with IAM, and go on when the original is closed', async () => {
    const original = make();
    const copy = new Sequelize({ ...optionsOf(original), pool: { max: 2 } });
    const other = new Sequelize({ ...optionsOf(copy), database: 'app' });
    await select(original);
    await original.close();
    for (const sequelize of [copy, other]) await select(sequelize);
    await copy.close();
    await select(other);
    await other.close();
    const attempts = await rds.emulator.attempts();
    expect(attempts.map(({ outcome }) => outcome)).toEqual(attempts.map(() => 'accepted'));
    expect(attempts.length).toBeGreaterThanOrEqual(3);
  });

  it('share one limit, counted at the server', async () => {
    const original = make();
    const copies = times(3, () => new Sequelize({ ...optionsOf(original), pool: { max: 10 } }));
    const queries = [original, ...copies].flatMap((sequelize) =>
      times(10, () => sequelize.query('SELECT SLEEP(0.2)')),
    );
    expect((await outcomes(queries)).errors).toEqual([]);
    expect(peakPerSecond(await rds.emulator.attempts())).toBeLessThanOrEqual(19);
    for (const sequelize of [original, ...copies]) await sequelize.close();
  });
});

it.each(['addIamAuth', 'withIamAuth', 'the flag'])(
  'an endpoint that an earlier hook fills in is logged in to with %s',
  async (way) => {
    const { options, iamAuth } = settings();
    const { host, port, username, ...rest } = options;
    const fill = (config: object) => void Object.assign(config, { host, port, username });
    const given = { ...rest, hooks: { beforeConnect: fill } };
    const registration = registerIamAuth(Sequelize);
    const flagged = { ...given, iamAuth };
    const sequelize = new Sequelize(
      way === 'withIamAuth' ? withIamAuth(flagged) : way === 'the flag' ? flagged : given,
    );
    registration.remove();
    if (way === 'addIamAuth') addIamAuth(sequelize, iamAuth);
    await select(sequelize);
    expect(addIamAuth(sequelize).stats).toMatchObject({ accepted: 2, denied: 0 });
    await sequelize.close();
  },
);
