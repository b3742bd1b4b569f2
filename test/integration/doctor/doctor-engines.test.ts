import type { DoctorReport } from 'sequelize-rds-iam/doctor';
import { type IamAuthOptions, withIamAuth } from 'sequelize-rds-iam';
import { createAuthority } from 'rds-iam-emulator';
import { CALLER, type EmulatedSts, startSts } from '../../harness/credential-services';
import {
  alarms,
  examine,
  expectDiagnosis,
  firstFailure,
  optionFaults,
  stsOutOfReach,
  type Diagnosis,
} from '../../harness/diagnosis';
import { onBench } from '../../harness/matrix-bench';
import {
  cells,
  iamAuthFor,
  optionsFor,
  startCluster,
  type Cell,
  type Cluster,
  type ClusterOptions,
} from '../../harness/cells';
import { withoutAws } from '../../harness/named-rds';
import { CREDENTIALS, USERNAME } from '../../harness/rds';
import { togetherIt } from '../../harness/together';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const AT_ONCE = 6;
const CUSTOM_NAME = 'database.example';
const { accessKeyId, ...secrets } = CREDENTIALS;

const environment = { ...process.env };
let sts: EmulatedSts;
const setEnvironment = () => {
  process.env = { ...withoutAws(environment), AWS_ENDPOINT_URL_STS: sts.url };
};
beforeAll(async () => {
  sts = await startSts({ [accessKeyId]: secrets });
  setEnvironment();
});
afterEach(() => {
  setEnvironment();
  sts.setClockOffset(0);
  sts.refuseWith(undefined);
});
afterAll(async () => {
  process.env = environment;
  await sts.close();
});

/** What is wrong with an application's options, or with the endpoint that it reaches. */
interface Change {
  readonly sequelize?: object;
  readonly iamAuth?: IamAuthOptions;
  readonly at?: Cluster;
}

interface Bench {
  readonly cell: Cell;
  readonly cluster: Cluster;
  /** Another endpoint of this engine, for this test. */
  readonly start: (options: ClusterOptions) => Promise<Cluster>;
}

interface Fault extends Diagnosis {
  readonly fault: string;
  /** Makes it, and says what to examine. */
  readonly make: (bench: Bench) => Promise<Change> | Change;
}

const userName = ({ major }: Cell) => (major === 6 ? 'username' : 'user');
const isPostgres = ({ dialect }: Cell) => dialect === 'postgres';
const tlsOptions = ({ major }: Cell, ssl: unknown) =>
  major === 6 ? { dialectOptions: { ssl } } : { ssl };

const withFaults =
  (faults: object) =>
  async ({ cluster }: Bench) => {
    // Which faults an engine knows is for the test to say.
    await cluster.writer.emulator.setFaults(faults);
    return {};
  };
const refusedWith =
  (mysql: { code: number; message: string }, postgres: string) => (bench: Bench) =>
    withFaults({
      errorPacket: isPostgres(bench.cell)
        ? { sqlState: '28000', message: postgres }
        : { ...mysql, sqlState: 'HY000' },
    })(bench);
/** A server that shows a certificate like this, of an authority that is trusted. */
const withCertificate =
  (
    request: { names?: string[]; notBefore?: Date; notAfter?: Date },
    iamAuth: IamAuthOptions = {},
  ) =>
  async ({ start }: Bench): Promise<Change> => {
    const authority = await createAuthority();
    const tls = await authority.issue({ names: [CUSTOM_NAME], ...request });
    return { at: await start({ authority, tls }), iamAuth };
  };

/** Faults that touch the environment or the STS, which all tests share. */
const sharedFaults: Fault[] = [
  {
    fault: 'an expired session, with STS out of reach',
    make: async ({ cluster }) => {
      stsOutOfReach();
      await cluster.writer.emulator.setCredentials({
        [accessKeyId]: { ...secrets, expiresAt: Date.now() - HOUR_MS },
      });
      return {};
    },
    fails: 'login',
    fix: /endpoint\.port/,
    cause: 'credentials',
  },
  {
    fault: 'a token signed for another region',
    make: (bench) => {
      process.env.AWS_REGION = 'eu-west-1';
      return withCertificate({}, { endpoint: { hostname: CUSTOM_NAME } })(bench);
    },
    fails: 'login',
    fix: /endpoint\.hostname/,
    cause: 'region',
  },
  {
    fault: 'a clock 20 minutes behind',
    make: async ({ cluster }) => {
      sts.setClockOffset(20 * MINUTE_MS);
      await cluster.writer.emulator.setClockOffset(20 * MINUTE_MS);
      return {};
    },
    fails: 'clock',
    fix: /Set the clock/,
    cause: '!clock',
  },
];

const NO_POLICY = { [accessKeyId]: { ...secrets, users: ['another'] } };

const faults: Fault[] = [
  {
    fault: 'TLS switched off',
    make: ({ cell }) => ({ sequelize: tlsOptions(cell, false) }),
    fails: 'config',
    fix: /^Remove (?:dialectOptions\.)?ssl$/,
  },
  {
    fault: 'no user',
    make: ({ cell }) => ({ sequelize: { [userName(cell)]: undefined } }),
    fails: 'config',
    fix: /^Set user(?:name)? to the database user/,
  },
  {
    fault: 'a token signed for another port',
    make: ({ cluster: { writer } }) => ({
      iamAuth: { endpoint: { hostname: writer.hostname, port: 3307 } },
    }),
    fails: 'login',
    fix: /endpoint\.port/,
    cause: '!port',
  },
  {
    fault: 'a name that does not exist',
    make: ({ cluster: { writer } }) => ({
      sequelize: { host: 'nowhere.invalid' },
      iamAuth: { endpoint: { hostname: writer.hostname } },
    }),
    fails: 'dns',
    fix: /host|DNS/,
  },
  {
    fault: 'a closed port',
    make: ({ cluster: { writer } }) => ({
      sequelize: { port: 9 },
      iamAuth: { endpoint: { hostname: writer.hostname } },
    }),
    fails: 'tcp',
    fix: /Check port/,
  },
  {
    fault: 'a server that resets',
    make: withFaults({ resetAt: 'connect' }),
    fails: 'tls',
    or: 'tcp',
    fix: /tunnel/,
  },
  {
    fault: 'a server that is silent',
    make: withFaults({ silentAt: 'connect' }),
    fails: 'tls',
    fix: /security group/,
  },
  {
    fault: 'a server without TLS',
    make: async ({ start }) => ({ at: await start({ tls: false }) }),
    fails: 'tls',
    fix: /passes TLS through/,
  },
  {
    fault: 'another root',
    make: async () => ({ iamAuth: { tls: { ca: (await createAuthority('Another')).caPem } } }),
    fails: 'tls',
    fix: /bundled roots/,
  },
  {
    fault: 'a certificate for another name',
    make: withCertificate({ names: ['other.example'] }),
    fails: 'tls',
    fix: /endpoint\.hostname/,
  },
  {
    fault: 'a certificate that has expired',
    make: withCertificate({
      notBefore: new Date(Date.now() - 2 * HOUR_MS),
      notAfter: new Date(Date.now() - HOUR_MS),
    }),
    fails: 'tls',
    fix: /rotate/,
  },
  {
    fault: 'a user that is not for IAM authentication',
    make: (bench) =>
      withFaults(
        isPostgres(bench.cell)
          ? { authMethod: 'scram-sha-256' }
          : { plugin: 'mysql_native_password' },
      )(bench),
    fails: 'auth-method',
    fix: /CREATE USER jane_doe; GRANT rds_iam TO jane_doe;|CREATE USER 'jane_doe' IDENTIFIED WITH AWSAuthenticationPlugin/,
  },
  {
    fault: 'a user that does not exist',
    make: ({ cell }) => ({ sequelize: { [userName(cell)]: 'Jane_Doe' } }),
    fails: 'login',
    fix: /endpoint\.port/,
    cause: 'user',
  },
  {
    fault: 'a policy that lacks the user',
    make: async ({ cluster }) => {
      await cluster.writer.emulator.setCredentials(NO_POLICY);
      return {};
    },
    fails: 'login',
    fix: /endpoint\.port/,
    cause: 'policy',
  },
  {
    fault: 'a throttle that stays',
    make: async ({ cluster }) => {
      await cluster.writer.emulator.setLimit(0);
      return {};
    },
    fails: 'login',
    fix: /endpoint\.port/,
    cause: 'throttled',
  },
  {
    fault: 'a server that resets at the token',
    make: withFaults({ resetAt: 'token' }),
    fails: 'login',
    fix: /tunnel/,
  },
  {
    fault: 'a database that does not exist',
    make: () => ({ sequelize: { database: 'nowhere' } }),
    fails: 'login',
    fix: /Create the database/,
  },
  {
    fault: 'RDS Proxy that refuses the token',
    make: refusedWith(
      {
        code: 1045,
        message:
          'The IAM authentication failed for the role jane_doe. Check the IAM token for this role and try again.',
      },
      'The IAM authentication failed for the role jane_doe. Check the IAM token for this role and try again.',
    ),
    fails: 'login',
    fix: /endpoint\.port/,
    cause: 'policy',
  },
  {
    fault: 'RDS Proxy’s rate limit',
    make: refusedWith(
      { code: 1040, message: 'IAM authentication rate limit exceeded' },
      'The IAM authentication failed because of too many competing requests.',
    ),
    fails: 'login',
    fix: /limiter\.processes/,
  },
];

/** Faults in the options of Sequelize 7, which has names of its own. */
const faultsOf7: Fault[] = [
  {
    fault: 'version 6’s name for the user',
    make: () => ({ sequelize: { username: USERNAME } }),
    fails: 'config',
    fix: /version 7's names/,
  },
  {
    fault: 'version 6’s dialectOptions',
    make: () => ({ sequelize: { dialectOptions: {} } }),
    fails: 'config',
    fix: /version 7's names/,
  },
  {
    fault: 'a dialect that is not installed',
    make: () => ({ sequelize: { dialect: 'mssql' } }),
    fails: 'config',
    fix: /Install the package that the message names/,
  },
];

/** Sequelize 6 with mysql2 has more of them, in doctor.test.ts. */
const examined = cells.filter(
  ({ major, dialect, replication }) => !replication && (major === 7 || dialect !== 'mysql'),
);

describe.each(examined)('$name', (cell) => {
  let cluster: Cluster;
  const others: Cluster[] = [];
  const start = async (options: ClusterOptions) => {
    const other = await startCluster(cell, options);
    others.push(other);
    return other;
  };
  beforeAll(async () => {
    cluster = await startCluster(cell);
  });
  afterEach(async () => {
    const { emulator } = cluster.writer;
    await emulator.setFaults({});
    await emulator.setLimit();
    await emulator.setClockOffset(0);
    await emulator.setCredentials({ [accessKeyId]: secrets });
    await Promise.all(others.splice(0).map((other) => other.close()));
  });
  afterAll(() => cluster.close());

  const settings = ({ sequelize = {}, iamAuth = {}, at = cluster }: Change = {}) => ({
    ...optionsFor(cell, at, sequelize),
    // Of its own, for refused logins slow down those that follow.
    iamAuth: iamAuthFor(at, { limiter: { key: `doctor-${Math.random()}` }, ...iamAuth }),
  });

  // Those have no engine in them: doctor.test.ts has them with Sequelize 6, and once is enough for 7.
  const ofOptions = cell.major === 7 && cell.dialect === 'mysql' ? optionFaults(() => sts) : [];
  it.each([...ofOptions, ...sharedFaults, ...(cell.major === 7 ? faultsOf7 : [])])(
    'has $fault at $fails',
    async ({ make, ...diagnosis }) => {
      const change = await make({ cell, cluster, start });

      expectDiagnosis(await examine({ sequelizeOptions: settings(change) }), diagnosis);
    },
  );

  it('raises no alarm for what withIamAuth returned', async () => {
    expect(alarms(await examine({ sequelizeOptions: withIamAuth(settings()) }))).toEqual([]);
  });

  it('takes a URL', async () => {
    const user = userName(cell);
    const { emulator } = cluster.writer;
    const url = `${cell.dialect}://${USERNAME}@127.0.0.1:${emulator.port}/app`;
    const named = { host: undefined, port: undefined, [user]: undefined, database: undefined };
    const sequelizeOptions = { ...settings({ sequelize: named }), url };

    expect(alarms(await examine({ sequelizeOptions }))).toEqual([]);
  });

  it('costs one login and one connection that ends before the token', async () => {
    await cluster.writer.emulator.clear();
    await examine({ sequelizeOptions: settings() });

    const attempts = await cluster.writer.emulator.attempts();
    expect(attempts.map(({ tokenAt }) => tokenAt !== undefined).sort()).toEqual([false, true]);
    expect(attempts.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
  });
});

describe('together', () => {
  // A refused login is tried again a second later, and a silent server is given five.
  const together = togetherIt(AT_ONCE);

  for (const cell of examined)
    describe(cell.name, () => {
      for (const { fault, make, ...diagnosis } of faults)
        together(`has ${fault} at ${diagnosis.fails}`, () =>
          onBench(cell, {}, async ({ cluster }) => {
            const others: Cluster[] = [];
            const start = async (options: ClusterOptions) => {
              const other = await startCluster(cell, options);
              others.push(other);
              return other;
            };
            const {
              sequelize = {},
              iamAuth = {},
              at = cluster,
            } = await make({ cell, cluster, start });
            const sequelizeOptions = {
              ...optionsFor(cell, at, sequelize),
              iamAuth: iamAuthFor(at, iamAuth),
            };

            expectDiagnosis(await examine({ sequelizeOptions }), diagnosis);
            await Promise.all(others.map((other) => other.close()));
          }),
        );
    });
});

describe.each(cells)('a healthy set-up: $name', (cell) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(cell);
  });
  afterAll(() => cluster.close());

  const run = (): Promise<DoctorReport> =>
    examine({ sequelizeOptions: { ...optionsFor(cell, cluster), iamAuth: iamAuthFor(cluster) } });

  it('raises no alarm, and logs in to every host as its user', async () => {
    const report = await run();

    expect(alarms(report)).toEqual([]);
    expect(report).toMatchObject({ ok: true, verdict: 'IAM authentication works' });
    expect(report.results.find(({ id }) => id === 'credentials')?.summary).toContain(CALLER.arn);
    for (const { emulator, username } of cluster.all) {
      const attempts = await emulator.attempts();
      expect(attempts.filter(({ outcome }) => outcome === 'accepted')).toMatchObject([
        { username },
      ]);
    }
  });

  if (!cell.replication) return;
  it('names the host of several that refuses its user', async () => {
    const [, reader] = cluster.readers;
    await reader?.emulator.setCredentials(NO_POLICY);
    const report = await run();

    expect(firstFailure(report)).toMatchObject({
      id: 'login',
      host: `127.0.0.1:${reader?.emulator.port ?? 0}`,
      possibleCauses: expect.arrayContaining([
        expect.objectContaining({ id: 'policy' }),
      ]) as unknown,
    });
    const logins = report.results.filter(({ id }) => id === 'login');
    expect(logins.map(({ status }) => status)).toEqual(['pass', 'pass', 'fail']);
  });
});
