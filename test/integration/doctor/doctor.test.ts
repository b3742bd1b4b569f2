import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as driverBeforeCleartext from 'mysql2-before-cleartext';
import * as driverFloor from 'mysql2-floor';
import { type ConnectionLimiter, type IamAuthOptions, withIamAuth } from 'sequelize-rds-iam';
import { runDoctor, type DoctorOptions, type DoctorReport } from 'sequelize-rds-iam/doctor';
import { createAuthority, type MySqlEndpointOptions } from 'rds-iam-emulator';
import {
  CALLER,
  type EcsCredentials,
  type EmulatedSts,
  startEcsCredentials,
  startSts,
} from '../../harness/credential-services';
import { startLoopbackHttp, type LoopbackHttp } from '../../harness/loopback-http';
import { ROOT } from '../../harness/child';
import { startCrowdedServer } from '../../harness/crowded-server';
import {
  alarms,
  defaultChain,
  examine,
  expectDiagnosis,
  firstFailure,
  optionFaults,
  stsOutOfReach,
  LEFT_PASSWORD,
  secretsIn,
  type Diagnosis,
} from '../../harness/diagnosis';
import { until } from '../../harness/eventually';
import { withoutAws } from '../../harness/named-rds';
import { CREDENTIALS, REGION, startRds, USERNAME, type Rds } from '../../harness/rds';
import { togetherIt } from '../../harness/together';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const AT_ONCE = 5;
const CUSTOM_NAME = 'database.example';
const { accessKeyId, ...secrets } = CREDENTIALS;

const environment = { ...process.env };
let rds: Rds;
let sts: EmulatedSts;
let ecs: EcsCredentials;
let web: Server;
let special: Rds | undefined;

const setEnvironment = () => {
  process.env = { ...withoutAws(environment), AWS_ENDPOINT_URL_STS: sts.url };
};
beforeAll(async () => {
  rds = await startRds();
  sts = await startSts({ [accessKeyId]: secrets });
  ecs = await startEcsCredentials({ credentials: CREDENTIALS });
  setEnvironment();
  web = createServer((_request, response) => response.end('not a database')).listen(0, '127.0.0.1');
  await once(web, 'listening');
});
afterEach(async () => {
  setEnvironment();
  sts.setClockOffset(0);
  sts.refuseWith(undefined);
  ecs.set({ status: 200, hang: false, expiresInMs: HOUR_MS });
  await rds.emulator.setFaults({});
  await rds.emulator.setLimit();
  await rds.emulator.setClockOffset(0);
  await rds.emulator.setCredentials({ [accessKeyId]: secrets });
  await special?.close();
  special = undefined;
});
afterAll(async () => {
  process.env = environment;
  await Promise.all([rds.close(), sts.close(), ecs.close()]);
  web.close();
});

interface Change {
  readonly sequelize?: object;
  readonly iamAuth?: IamAuthOptions;
  readonly at?: Rds;
}

/** An application's options that are right, but for the change. */
function settings({ sequelize = {}, iamAuth = {}, at = rds }: Change = {}) {
  return {
    dialect: 'mysql',
    host: '127.0.0.1',
    port: at.emulator.port,
    username: USERNAME,
    database: 'app',
    ...sequelize,
    iamAuth: {
      endpoint: { hostname: at.hostname },
      tls: { ca: at.authority.caPem },
      credentials: CREDENTIALS,
      limiter: { key: `doctor-${Math.random()}` },
      ...iamAuth,
    },
  };
}

/** Lets everyone pass. */
const ownLimiter: ConnectionLimiter = {
  acquire: () => Promise.resolve({ settle: () => undefined }),
};

const examineChange = (change?: Change) => examine({ sequelizeOptions: settings(change) });

interface Fault extends Diagnosis {
  readonly fault: string;
  /** Makes it, and says what to examine. */
  readonly make: () => Promise<Change> | Change;
}

const withEmulator =
  (options: Partial<MySqlEndpointOptions>, change: Change = {}) =>
  async () => {
    special = await startRds(options);
    return { ...change, at: special };
  };
const certificate =
  (change: { names?: string[]; notBefore?: Date; notAfter?: Date }) => async () => {
    const authority = await createAuthority();
    const names = [rds.hostname];
    special = await startRds({ tls: await authority.issue({ names, ...change }) });
    return {
      at: special,
      iamAuth: { endpoint: { hostname: rds.hostname }, tls: { ca: authority.caPem } },
    };
  };

interface ServerFault extends Diagnosis {
  readonly fault: string;
  readonly options: Partial<MySqlEndpointOptions>;
}

const refusingWith = (code: number, message: string) => ({
  faults: { errorPacket: { code, sqlState: 'HY000', message } },
});

/** Faults of a server, which each test has for itself. */
const serverFaults: ServerFault[] = [
  {
    fault: 'a server that resets',
    options: { faults: { resetAt: 'connect' } },
    fails: 'tls',
    or: 'tcp',
    fix: /tunnel/,
  },
  {
    fault: 'a user without the plugin',
    options: { faults: { plugin: 'mysql_native_password' } },
    fails: 'auth-method',
    fix: /CREATE USER 'jane_doe' IDENTIFIED WITH AWSAuthenticationPlugin/,
  },
  {
    fault: 'a user with a password, in MySQL 8',
    options: { faults: { plugin: 'caching_sha2_password' } },
    fails: 'auth-method',
    fix: /CREATE USER 'jane_doe' IDENTIFIED WITH AWSAuthenticationPlugin/,
  },
  {
    fault: 'an instance that cannot verify',
    options: { faults: { deny: true } },
    fails: 'login',
    fix: /endpoint\.port/,
    cause: 'memory',
  },
  {
    fault: 'a server that resets at the token',
    options: { faults: { resetAt: 'token' } },
    fails: 'login',
    fix: /tunnel/,
  },
  {
    fault: 'IAM authentication that is not enabled',
    options: refusingWith(1524, "Plugin 'AWSAuthenticationPlugin' is not loaded"),
    fails: 'login',
    fix: /--enable-iam-database-authentication/,
  },
  {
    fault: 'no connection left',
    options: refusingWith(1040, 'Too many connections'),
    fails: 'login',
    fix: /pool\.max/,
  },
  {
    fault: 'RDS Proxy’s rate limit',
    options: refusingWith(1040, 'IAM authentication rate limit exceeded'),
    fails: 'login',
    fix: /limiter\.processes/,
  },
  {
    fault: 'RDS Proxy without a target',
    options: refusingWith(9501, 'Timed-out waiting to acquire database connection'),
    fails: 'login',
    fix: /target health/,
  },
  {
    fault: 'RDS Proxy that refuses the token',
    options: refusingWith(
      1045,
      'The IAM authentication failed for the role jane_doe. Check the IAM token for this role and try again.',
    ),
    fails: 'login',
    fix: /endpoint\.port/,
    cause: 'policy',
  },
  {
    fault: 'an error that nobody knows, for which it does not advise itself',
    options: refusingWith(9999, 'The moon is full'),
    fails: 'login',
    fix: /^Read the message and its cause$/,
  },
  {
    fault: 'a throttle that stays',
    options: { limit: 0 },
    fails: 'login',
    fix: /endpoint\.port/,
    cause: 'throttled',
  },
  {
    fault: 'a policy that lacks the user',
    options: { credentials: { [accessKeyId]: { ...secrets, users: ['other'] } } },
    fails: 'login',
    fix: /endpoint\.port/,
    cause: 'policy',
  },
];

const ownFaults: Fault[] = [
  // The configuration.
  {
    fault: 'an unknown option',
    make: () => ({ iamAuth: { region: undefined, ...{ regoin: 'x' } } }),
    fails: 'config',
    fix: /iamAuth\.regoin/,
  },
  {
    fault: 'TLS switched off',
    make: () => ({ sequelize: { dialectOptions: { ssl: false } } }),
    fails: 'config',
    fix: /^Remove dialectOptions\.ssl$/,
  },
  {
    fault: 'verification switched off',
    make: () => ({ sequelize: { dialectOptions: { ssl: { rejectUnauthorized: false } } } }),
    fails: 'config',
    fix: /^Remove dialectOptions\.ssl\.rejectUnauthorized$/,
  },
  {
    fault: 'a driver that is not installed',
    make: () => ({ sequelize: { dialect: 'mssql' } }),
    fails: 'config',
    fix: /Install the package that the message names/,
  },
  {
    fault: 'no user',
    make: () => ({ sequelize: { username: undefined } }),
    fails: 'config',
    fix: /^Set username to the database user/,
  },
  // Credentials.
  {
    fault: 'a credential endpoint that hangs',
    make: () => {
      ecs.set({ hang: true });
      process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = ecs.url;
      return { iamAuth: { ...defaultChain(), credentialsTimeoutMs: 300 } };
    },
    fails: 'credentials',
    fix: /credentialsTimeoutMs/,
  },
  {
    fault: 'an access key that does not exist',
    make: () => ({
      iamAuth: { credentials: { ...CREDENTIALS, accessKeyId: 'AKIAEXAMPLEEXAMPLE' } },
    }),
    fails: 'credentials',
    fix: /Replace the credentials/,
  },
  {
    fault: 'a session token of another key',
    make: () => ({ iamAuth: { credentials: { ...CREDENTIALS, sessionToken: 'another' } } }),
    fails: 'credentials',
    fix: /belong together/,
  },
  // Region and endpoint.
  {
    fault: 'no region',
    make: () => ({ iamAuth: { endpoint: { hostname: CUSTOM_NAME } } }),
    fails: 'region',
    fix: /iamAuth\.region/,
  },
  {
    fault: 'a custom name for a host',
    make: () => ({ sequelize: { host: 'localhost' }, iamAuth: { endpoint: undefined } }),
    fails: 'endpoint',
    fix: /iamAuth\.endpoint\.hostname/,
  },
  {
    fault: 'a URL for a host',
    make: () => ({ sequelize: { host: 'https://mydb/' }, iamAuth: { endpoint: undefined } }),
    fails: 'endpoint',
    fix: /^Set it to the name alone/,
  },
  {
    fault: 'a token signed for a custom name',
    make: async () => {
      const { iamAuth } = await certificate({ names: [CUSTOM_NAME] })();
      return {
        at: special,
        iamAuth: { ...iamAuth, endpoint: { hostname: CUSTOM_NAME, region: REGION } },
      } as Change;
    },
    fails: 'login',
    fix: /endpoint\.hostname/,
    cause: '!custom-name',
  },
  {
    fault: 'a token signed for another region',
    make: async () => {
      process.env.AWS_REGION = 'eu-west-1';
      const change = await certificate({ names: [CUSTOM_NAME] })();
      return {
        at: special,
        iamAuth: { ...change.iamAuth, endpoint: { hostname: CUSTOM_NAME } },
      } as Change;
    },
    fails: 'login',
    fix: /endpoint\.hostname/,
    cause: 'region',
  },
  {
    fault: 'a token signed for another port',
    make: () => ({ iamAuth: { endpoint: { hostname: rds.hostname, port: 3307 } } }),
    fails: 'login',
    fix: /endpoint\.port/,
    cause: '!port',
  },
  // The network.
  {
    fault: 'a name that does not exist',
    make: () => ({ sequelize: { host: 'nowhere.invalid' } }),
    fails: 'dns',
    fix: /host|DNS/,
  },
  {
    fault: 'a closed port',
    make: () => ({ sequelize: { port: 9 } }),
    fails: 'tcp',
    fix: /Check port/,
  },
  // TLS.
  {
    fault: 'a server without TLS',
    make: withEmulator({ tls: false }),
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
    fault: 'a root that has expired',
    make: async () => {
      const past = {
        notBefore: new Date(Date.now() - 2 * HOUR_MS),
        notAfter: new Date(Date.now() - HOUR_MS),
      };
      const authority = await createAuthority('Old root', past);
      special = await startRds({ tls: await authority.issue({ names: [rds.hostname] }) });
      return {
        at: special,
        iamAuth: { endpoint: { hostname: rds.hostname }, tls: { ca: authority.caPem } },
      };
    },
    fails: 'tls',
    fix: /current bundle/,
  },
  {
    fault: 'a certificate that has expired',
    make: certificate({
      notBefore: new Date(Date.now() - 2 * HOUR_MS),
      notAfter: new Date(Date.now() - HOUR_MS),
    }),
    fails: 'tls',
    fix: /rotate/,
  },
  {
    fault: 'a certificate of tomorrow',
    make: certificate({ notBefore: new Date(Date.now() + HOUR_MS) }),
    fails: 'tls',
    fix: /Set the clock/,
  },
  {
    fault: 'a certificate for another name',
    make: certificate({ names: ['other.example'] }),
    fails: 'tls',
    fix: /endpoint\.hostname/,
  },
  {
    fault: 'a Region without bundled roots',
    make: () => ({
      iamAuth: {
        tls: undefined,
        endpoint: { hostname: 'mydb.cluster-abc.il-central-1.rds.amazonaws.com' },
      },
    }),
    fails: 'tls',
    fix: /iamAuth\.tls\.ca/,
  },
  // The user.
  {
    fault: 'a user that does not exist',
    make: () => ({ sequelize: { username: 'Jane_Doe' } }),
    fails: 'login',
    fix: /endpoint\.port/,
    cause: 'user',
  },
  // The clock.
  {
    fault: 'a clock 20 minutes behind',
    make: async () => {
      sts.setClockOffset(20 * MINUTE_MS);
      await rds.emulator.setClockOffset(20 * MINUTE_MS);
      return {};
    },
    fails: 'clock',
    fix: /Set the clock/,
    cause: '!clock',
  },
  {
    fault: 'a clock 20 minutes ahead',
    make: async () => {
      sts.setClockOffset(-20 * MINUTE_MS);
      await rds.emulator.setClockOffset(-20 * MINUTE_MS);
      return {};
    },
    fails: 'clock',
    fix: /Set the clock/,
    cause: '!clock',
  },
  {
    fault: 'a wrong clock, with STS out of reach',
    make: async () => {
      stsOutOfReach();
      await rds.emulator.setClockOffset(20 * MINUTE_MS);
      return {};
    },
    fails: 'login',
    fix: /endpoint\.port/,
    cause: 'clock',
  },
  // The login.
  {
    fault: 'a database that does not exist',
    make: () => ({ sequelize: { database: 'nowhere' } }),
    fails: 'login',
    fix: /Create the database/,
  },
];

const faults: Fault[] = [...optionFaults(() => sts), ...ownFaults];

describe('the doctor', () => {
  it('knows at least thirty faults', () => {
    expect(faults.length + serverFaults.length).toBeGreaterThanOrEqual(30);
  });

  it.each(faults)('finds $fault at $fails', async ({ make, ...diagnosis }) => {
    expectDiagnosis(await examineChange(await make()), diagnosis);
  });

  describe('together', () => {
    // It waits 5 s for an answer, and a refused login is tried again a second later.
    const together = togetherIt(AT_ONCE);

    together('finds a port whose packets are dropped, as by a security group, at tcp', async () => {
      const crowded = await startCrowdedServer();
      const report = await examineChange({ sequelize: { port: crowded.port } });
      await crowded.close();
      expectDiagnosis(report, { fails: 'tcp', fix: /security group/ });
      expect(firstFailure(report)?.summary).toContain('did not answer within 5000 ms');
    });

    together('finds a server that is silent at tls', async () => {
      const silent = await startRds({ faults: { silentAt: 'connect' } });
      const report = await examineChange({ at: silent });
      await silent.close();
      expectDiagnosis(report, { fails: 'tls', fix: /security group/ });
      expect(firstFailure(report)?.summary).toContain('within 5000 ms');
    });

    together('finds another protocol at tls', async () => {
      const { port } = web.address() as AddressInfo;
      expectDiagnosis(await examineChange({ sequelize: { port } }), { fails: 'tls', fix: /./ });
    });

    for (const { fault, options, ...diagnosis } of serverFaults)
      together(`finds ${fault} at ${diagnosis.fails}`, async () => {
        const at = await startRds(options);
        const report = await examineChange({ at });
        await at.close();
        expectDiagnosis(report, diagnosis);
      });
  });

  it('tells a throttle from a denial when the next login passes', async () => {
    await rds.emulator.clear();
    await rds.emulator.setLimit(0);
    const isThrottled = async () =>
      (await rds.emulator.attempts()).some(({ outcome }) => outcome === 'throttled');
    const relief = until(isThrottled).then(() => rds.emulator.setLimit());
    const report = await examineChange();
    await relief;

    const login = report.results.find(({ id }) => id === 'login');
    expect(login).toMatchObject({
      status: 'warn',
      summary: expect.stringContaining('passed') as string,
    });
    expect(login?.possibleCauses?.[0]?.id).toBe('throttled');
  });

  it('checks each host of a replication, and names the one that fails', async () => {
    const { iamAuth, ...options } = settings();
    const report = await examine({
      sequelizeOptions: {
        ...options,
        iamAuth,
        replication: { write: {}, read: [{}, { host: 'nowhere.invalid' }] },
      },
    });

    const logins = report.results.filter(({ id }) => id === 'login');
    expect(logins.map(({ status }) => status)).toEqual(['pass', 'pass', 'skip']);
    expect(firstFailure(report)).toMatchObject({
      id: 'dns',
      host: expect.stringMatching(/^nowhere\.invalid:/) as string,
    });
    expect(report.verdict).toMatch(/^dns \(nowhere\.invalid:\d+\) failed: /);
  });
});

describe('a token that is signed for something else than is dialed', () => {
  /** An endpoint that takes tokens for its own port, and the options for a host and what to sign for. */
  const direct = async (host: string, endpoint: object): Promise<Change> => {
    special = await startRds({}, { isDirect: true });
    const { hostname, emulator } = special;
    return {
      at: special,
      sequelize: { host },
      iamAuth: { endpoint: { hostname, port: emulator.port, ...endpoint } },
    };
  };
  const withoutPolicy = async (change: Change) => {
    const NO_POLICY = { [accessKeyId]: { ...secrets, users: ['other'] } };
    await change.at?.emulator.setCredentials(NO_POLICY);
    const report = await examineChange(change);
    const possibleCauses = report.results.find(({ id }) => id === 'login')?.possibleCauses ?? [];
    return { report, ids: possibleCauses.map(({ id }) => id) };
  };
  const resolveEndpoint = ({ results }: DoctorReport) =>
    results.find(({ id }) => id === 'endpoint');

  it('for another port, explicitly, is warned of, and the first candidate upon a denial', async () => {
    const change = await direct('127.0.0.1', { port: 3307 });
    const { report, ids } = await withoutPolicy(change);

    expect(resolveEndpoint(report)).toEqual({
      id: 'endpoint',
      status: 'warn',
      summary: `Signs for ${USERNAME}@${change.at?.hostname ?? ''}:3307, connects to 127.0.0.1:${change.at?.emulator.port ?? 0}`,
      fix: expect.stringMatching(/RDS console.* iamAuth\.endpoint$/) as string,
    });
    expect(ids.slice(0, 2)).toEqual(['port', 'policy']);
  });

  it('for the engine’s port behind a tunnel is not warned of, but the first candidate', async () => {
    const { report, ids } = await withoutPolicy(await direct('localhost', { port: undefined }));

    expect(resolveEndpoint(report)).toMatchObject({
      status: 'pass',
      summary: expect.stringMatching(/:3306, connects to localhost:/) as string,
    });
    expect(ids.slice(0, 2)).toEqual(['port', 'policy']);
  });

  it('for another host than one that is not of this machine is warned of', async () => {
    // Linux dials itself there.
    const change = await direct('0.0.0.0', { port: undefined });
    const healthy = await examineChange(change);
    const { ids } = await withoutPolicy(change);

    expect(alarms(healthy)).toMatchObject([
      {
        id: 'endpoint',
        status: 'warn',
        summary: expect.stringMatching(/, connects to 0\.0\.0\.0:/) as string,
      },
    ]);
    expect(ids.slice(0, 2)).toEqual(['custom-name', 'policy']);
  });

  it('for the port that is dialed leaves the policy first', async () => {
    const change = await direct('127.0.0.1', {});
    expect(alarms(await examineChange(change))).toEqual([]);

    const { report, ids } = await withoutPolicy(change);
    expect(ids[0]).toBe('policy');
    expect(report.verdict).toMatch(
      /^login failed: Attach the policy that npx sequelize-rds-iam policy prints/,
    );
  });
});

describe('a healthy set-up', () => {
  it.each<{ what: string; make: () => Promise<Change> | Change }>([
    { what: 'behind a tunnel', make: () => ({}) },
    {
      what: 'with the server’s roots in dialectOptions',
      make: () => ({
        sequelize: { dialectOptions: { ssl: { ca: rds.authority.caPem } } },
        iamAuth: { tls: undefined },
      }),
    },
    { what: 'with mysql2 3.9.8', make: () => ({ sequelize: { dialectModule: driverFloor } }) },
    {
      what: 'with mysql2 3.21',
      make: () => ({ sequelize: { dialectModule: driverBeforeCleartext } }),
    },
    {
      what: 'greeted with caching_sha2_password',
      make: withEmulator({ greeting: 'caching_sha2_password' }),
    },
    {
      what: 'with a limiter shared by four processes',
      make: () => ({ iamAuth: { limiter: { processes: 4 } } }),
    },
    {
      what: 'with replication',
      make: () => ({ sequelize: { replication: { write: {}, read: [{}, {}] } } }),
    },
    {
      what: 'with credentials of a container',
      make: () => {
        process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = ecs.url;
        return { iamAuth: defaultChain() };
      },
    },
  ])('$what raises no alarm', async ({ make }) => {
    const report = await examineChange(await make());

    expect(alarms(report)).toEqual([]);
    expect(report).toMatchObject({ ok: true, verdict: 'IAM authentication works' });
    expect(report.results.find(({ id }) => id === 'credentials')?.summary).toContain(CALLER.arn);
  });

  it('says what it signs for where something else is dialed, and that the clock is right', async () => {
    const { results } = await examineChange();
    const summaryOf = (id: string) => results.find((result) => result.id === id)?.summary;

    expect(summaryOf('endpoint')).toBe(
      `Signs for ${USERNAME}@${rds.hostname}:3306, connects to 127.0.0.1:${rds.emulator.port}`,
    );
    expect(summaryOf('clock')).toMatch(/^In sync with /);
  });

  it('is warned of a name that is not of RDS, which only another server accepts', async () => {
    special = await startRds({
      endpoint: { hostname: CUSTOM_NAME, region: REGION },
      tls: await rds.authority.issue({ names: [CUSTOM_NAME] }),
    });
    const endpoint = { hostname: CUSTOM_NAME, port: special.emulator.port, region: REGION };
    const report = await examineChange({
      at: special,
      iamAuth: { endpoint, tls: { ca: rds.authority.caPem } },
    });

    expect(alarms(report)).toMatchObject([
      {
        id: 'endpoint',
        status: 'warn',
        fix: expect.stringMatching(/endpoint\.hostname/) as string,
      },
    ]);
  });

  it('raises none for what withIamAuth returned', async () => {
    const report = await examine({ sequelizeOptions: withIamAuth(settings()) });

    expect(alarms(report)).toEqual([]);
  });

  it('keeps no connection to a server that it did not get to know', async () => {
    await examineChange({ iamAuth: { tls: { ca: (await createAuthority('Another')).caPem } } });

    await until(async () => (await rds.emulator.openConnections()) === 0);
  });

  it('is no failure without a way to AWS STS: the clock is skipped, with the reason', async () => {
    stsOutOfReach();
    const report = await examineChange();

    expect(report.ok).toBe(true);
    expect(alarms(report)).toEqual([
      {
        id: 'clock',
        status: 'skip',
        summary: expect.stringMatching(/^127\.0\.0\.1 cannot be reached: /) as string,
      },
    ]);
    expect(report.verdict).toBe('IAM authentication works (1 skipped)');
  });

  it.each(['AccessDenied', 'Throttling', 'RequestExpired', 'RegionDisabledException'])(
    'is a warning, and no failure, with credentials of which AWS STS says %s',
    async (code) => {
      sts.refuseWith(code);
      const report = await examineChange();

      expect(report.ok).toBe(true);
      expect(alarms(report)).toMatchObject([
        {
          id: 'credentials',
          status: 'warn',
          summary: expect.stringContaining(
            `(AWS STS returned ${code}, so it is not known whether they are valid)`,
          ) as string,
        },
      ]);
    },
  );

  describe('where something else answers in place of AWS STS', () => {
    const IN_AN_HOUR = new Date(Date.now() + HOUR_MS).toUTCString();
    const refusal = '<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>';
    const identity = (account: string) =>
      `<?xml version='1.0'?>\n<GetCallerIdentityResponse><Arn>arn:aws:iam::${account}:root</Arn><Account>${account}</Account></GetCallerIdentityResponse>`;
    let stranger: LoopbackHttp | undefined;
    afterEach(async () => {
      await stranger?.close();
      stranger = undefined;
    });

    it.each([
      { status: 404, body: '{"message":"hidden"}', what: 'HTTP 404 with JSON' },
      { status: 502, body: '<html>hidden</html>', what: 'HTTP 502 with an HTML page' },
      { status: 200, body: ' <!DOCTYPE html>hidden', what: 'HTTP 200 with an HTML page' },
      { status: 302, body: '', what: 'HTTP 302 with no body' },
      { status: 200, body: '', what: 'HTTP 200 with no body' },
      { status: 403, body: 'hidden', what: 'HTTP 403 with text' },
      { status: 200, body: refusal, what: 'HTTP 200 with XML' },
      {
        status: 403,
        body: '<Error><Code>InvalidAccessKeyId</Code></Error>',
        what: 'HTTP 403 with XML',
      },
      {
        status: 403,
        body: '{"Code":"<Code>InvalidClientTokenId</Code>"}',
        what: 'HTTP 403 with JSON',
      },
      { status: 500, body: identity('123456789012'), what: 'HTTP 500 with XML' },
      { status: 200, body: identity('000000000000'), what: 'LocalStack (account 000000000000)' },
    ])('warns of $what, and asks it for no time', async ({ status, body, what }) => {
      stranger = await startLoopbackHttp((_request, response) => {
        response.writeHead(status, { date: IN_AN_HOUR, location: 'http://127.0.0.1:9/' }).end(body);
      });
      process.env.AWS_ENDPOINT_URL_STS = stranger.origin;
      const report = await examineChange();

      expect(report.ok).toBe(true);
      expect(alarms(report)).toEqual([
        {
          id: 'credentials',
          status: 'warn',
          summary: expect.stringContaining(
            `(${what} answered instead of AWS STS, so it is not known whether they are valid)`,
          ) as string,
          fix: expect.stringMatching(
            /AWS_ENDPOINT_URL_STS, the proxy, and the VPC endpoint/,
          ) as string,
        },
        {
          id: 'clock',
          status: 'skip',
          summary: `The server at 127.0.0.1 is not AWS STS (${what}), so its time is ignored`,
        },
      ]);
      expect(JSON.stringify(report)).not.toContain('hidden');
    });

    it.each([
      { named: 'not a url', summary: /AWS_ENDPOINT_URL_STS is not a URL$/ },
      { named: 'http://127.0.0.1:9/', summary: /^127\.0\.0\.1 cannot be reached: / },
    ])('skips the clock with AWS_ENDPOINT_URL_STS set to $named', async ({ named, summary }) => {
      process.env.AWS_ENDPOINT_URL_STS = named;

      expect(alarms(await examineChange())).toEqual([
        { id: 'clock', status: 'skip', summary: expect.stringMatching(summary) as string },
      ]);
    });

    it('repeats nothing of what it would have signed', async () => {
      stranger = await startLoopbackHttp(({ headers }, response) => {
        const message = `The Canonical String for this request should have been\n'${JSON.stringify(headers)}'`;
        const error = `<Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>${message}</Message></Error>`;
        response.writeHead(403).end(`<ErrorResponse>${error}</ErrorResponse>`);
      });
      process.env.AWS_ENDPOINT_URL_STS = stranger.origin;
      const report = await examineChange();

      expect(firstFailure(report)?.id).toBe('credentials');
      expect(secretsIn(JSON.stringify(report))).toEqual([]);
    });

    it('counts a server’s own fault as none of the credentials', async () => {
      stranger = await startLoopbackHttp((_request, response) => {
        response.writeHead(503).end(refusal);
      });
      process.env.AWS_ENDPOINT_URL_STS = stranger.origin;
      const report = await examineChange();

      expect(alarms(report)).toMatchObject([{ id: 'credentials', status: 'warn' }]);
    });
  });

  it.each<{ what: string; change: Change; status: string; summary: RegExp }>([
    {
      what: 'the preset',
      change: {},
      status: 'pass',
      summary:
        /^Up to 6 new connections at once \(max 5, one to read the server version\); at most 19 per second reach the server$/,
    },
    {
      what: 'a share of the limit',
      change: { iamAuth: { limiter: { limit: 10, processes: 4 } } },
      status: 'pass',
      summary: /^Up to 2 new connections at once \(max 1,.*at most 2\.5 per second/,
    },
    {
      what: 'two pools, and a version that is known',
      change: {
        sequelize: { replication: { write: {}, read: [{}] }, databaseVersion: '8.0.36' },
      },
      status: 'pass',
      summary: /^Up to 10 new connections at once \(max 5, two pools\);/,
    },
    {
      what: 'a limiter of one’s own',
      change: { iamAuth: { limiter: ownLimiter } },
      status: 'pass',
      summary: /limited by your own limiter$/,
    },
    {
      what: 'no limit and a small pool',
      change: { iamAuth: { limiter: false } },
      status: 'pass',
      summary: /without a limit per second$/,
    },
    {
      what: 'no limit and a pool beyond it',
      change: { sequelize: { pool: { max: 20 } }, iamAuth: { limiter: false } },
      status: 'warn',
      summary: /^Up to 21 new connections at once .*without a limit per second$/,
    },
    {
      what: 'a pool that reopens what it closes',
      change: { sequelize: { pool: { max: 10, idle: 100 } } },
      status: 'warn',
      summary: /pool\.idle is 100 ms/,
    },
  ])('says of $what what the pool comes to', async ({ change, status, summary }) => {
    const { results } = await examineChange(change);

    expect(results.at(-1)).toMatchObject({
      id: 'pool',
      status,
      summary: expect.stringMatching(summary) as string,
    });
  });

  it('costs one login and one connection that ends before the token, and leaves none', async () => {
    await rds.emulator.clear();
    await examineChange();
    await until(async () => (await rds.emulator.openConnections()) === 0);

    const attempts = await rds.emulator.attempts();
    expect(attempts.map(({ tokenAt }) => tokenAt !== undefined).sort()).toEqual([false, true]);
    expect(attempts.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
    const [look, login] = attempts;
    expect(look?.endedAt).toBeLessThan(login?.tokenAt ?? 0);
  });

  it('warns of credentials that end soon, of a clock that drifts, and of a pool that defeats the limit', async () => {
    sts.setClockOffset(60_000);
    const expiration = new Date(Date.now() + 5 * MINUTE_MS);
    const report = await examineChange({
      sequelize: { pool: { max: 50, idle: 1_000, acquire: 5_000 } },
      iamAuth: { credentials: { ...CREDENTIALS, expiration } },
    });

    expect(report.ok).toBe(true);
    expect(report.results.filter(({ status }) => status === 'warn').map(({ id }) => id)).toEqual([
      'credentials',
      'clock',
      'pool',
    ]);
  });
});

describe('a configuration file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    mkdirSync(join(folder, 'config'));
    mkdirSync(join(folder, 'node_modules'));
    for (const name of ['sequelize', 'mysql2'])
      symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const installOldDriver = () => {
    rmSync(join(folder, 'node_modules/mysql2'));
    write('node_modules/mysql2/package.json', JSON.stringify({ name: 'mysql2', version: '2.3.3' }));
  };
  const entry = () => {
    const { iamAuth, ...rest } = settings();
    return JSON.stringify({ ...rest, iamAuth });
  };
  const register = "require('sequelize-rds-iam/register');\n";
  const examineFolder = (options: DoctorOptions = {}) => examine({ cwd: folder, ...options });

  it.each([
    { what: 'JSON', path: 'config/config.json', code: () => `{"production": ${entry()}}` },
    {
      what: 'a module',
      path: 'config/config.js',
      code: () => `module.exports = {production: ${entry()}}`,
    },
    {
      what: 'a promise',
      path: 'config/config.js',
      code: () => `module.exports = Promise.resolve({production: ${entry()}})`,
    },
    {
      what: 'an async function',
      path: 'config/config.js',
      code: () => `module.exports = async () => ({production: ${entry()}})`,
    },
    {
      what: 'a function with a callback',
      path: 'config/config.js',
      code: () => `module.exports = (done) => done(null, {production: ${entry()}})`,
    },
    { what: 'a single entry', path: 'config/config.js', code: () => `module.exports = ${entry()}` },
  ])('may be $what', async ({ path, code }) => {
    write(path, code());
    const report = await examineFolder({ env: 'production' });

    expect(report.ok).toBe(true);
    // The flag is there, and nothing loads the register entry.
    expect(report.results[0]).toMatchObject({
      id: 'config',
      status: 'warn',
      fix: expect.stringContaining('register') as string,
    });
  });

  it('passes with the register line, and takes its host and user from a URL in the environment', async () => {
    const { iamAuth } = settings();
    process.env.DB_URL = `mysql://${USERNAME}@127.0.0.1:${rds.emulator.port}/app`;
    const options = JSON.stringify({ use_env_variable: 'DB_URL', dialect: 'mysql', iamAuth });
    write('config/config.js', `// ${register}module.exports = {development: ${options}}`);
    const report = await examineFolder({ env: 'development' });

    expect(alarms(report)).toEqual([]);
    expect(report.results[0]?.summary).toBe(
      `config/config.js, development: MySQL at ${USERNAME}@127.0.0.1:${rds.emulator.port}`,
    );
  });

  it.each([
    { what: 'names its entry', commands: "{ env: 'staging', config: 'database.json' }" },
    { what: 'says nothing', commands: "{ config: 'database.json' }", env: 'staging' },
  ])('is found where .sequelizerc says, which $what', async ({ commands, env }) => {
    write('.sequelizerc', `${register}module.exports = ${commands};`);
    write('node_modules/sequelize-rds-iam/register.js', '');
    write('database.json', `{"staging": ${entry()}}`);

    const report = await examineFolder({ env });
    expect(alarms(report)).toEqual([]);
    expect(report.results[0]?.summary).toMatch(/^database\.json, staging: /);
  });

  it('is read as sequelize-cli reads what a transpiler has made of an ES module', async () => {
    write(
      'config/config.js',
      `// ${register}exports.__esModule = true; exports.default = { test: ${entry()} };`,
    );

    expect(alarms(await examineFolder({ env: 'test' }))).toEqual([]);
  });

  it('takes its entry from NODE_ENV, else development', async () => {
    process.env.NODE_ENV = 'other';
    write('config/config.json', `{"other": ${entry()}, "development": ${entry()}}`);
    const other = await examineFolder();
    delete process.env.NODE_ENV;
    const development = await examineFolder();

    expect(other.results[0]?.summary).toMatch(/^config\/config\.json, other: /);
    expect(development.results[0]?.summary).toMatch(/^config\/config\.json, development: /);
  });

  it('has every host of its replication checked', async () => {
    const { iamAuth, ...options } = settings();
    const replication = { write: {}, read: [{ username: 'another' }] };
    const text = JSON.stringify({ ...options, replication, iamAuth });
    write('config/config.json', `{"development": ${text}}`);
    const report = await examineFolder({ env: 'development' });

    const logins = report.results.filter(({ id }) => id === 'login');
    expect(logins.map(({ status }) => status)).toEqual(['pass', 'fail']);
  });

  it('next to a .sequelizerc that throws cannot be examined', async () => {
    write('.sequelizerc', "throw new Error('no such secret');");

    await expect(runDoctor({ cwd: folder })).rejects.toMatchObject({
      code: 'ERR_IAM_AUTH_OPTIONS',
      message:
        '.sequelizerc cannot be loaded: no such secret: correct .sequelizerc so that Node can run it here',
    });
  });

  it.each([
    {
      what: 'with the dialect’s class',
      path: 'config/config.js',
      code: (options: string) =>
        `const { MySqlDialect } = require('@sequelize/mysql');
        module.exports = { development: { ...${options}, dialect: MySqlDialect } };`,
    },
    {
      what: 'with a user',
      path: 'config/config.json',
      code: (options: string) => `{"development": ${options}}`,
    },
  ])(
    'of Sequelize 7 $what needs no line for sequelize-cli, nor its driver',
    async ({ path, code }) => {
      mkdirSync(join(folder, 'node_modules/@sequelize'));
      for (const name of ['@sequelize/core', '@sequelize/mysql'])
        symlinkSync(
          join(ROOT, 'node_modules', name),
          join(folder, 'node_modules', name),
          'junction',
        );
      // The driver of @sequelize/mysql is its own.
      installOldDriver();
      const { username: user, ...rest } = JSON.parse(entry()) as Record<string, unknown>;
      write(path, code(JSON.stringify({ ...rest, user })));

      expect(alarms(await examineFolder({ env: 'development' }))).toEqual([]);
    },
  );

  it.each([
    {
      what: 'whose variable is not set',
      code: '{"production": {"use_env_variable": "NOT_SET", "dialect": "mysql"}}',
      summary: /variable NOT_SET.*is not set$/,
    },
    {
      what: 'without the entry',
      code: '{"test": {}, "staging": {}}',
      summary: /no entry "production"$/,
    },
    { what: 'that is no JSON', code: '{', summary: /config\.json cannot be loaded: / },
    { what: 'that is text', code: '"text"', summary: /must export an object/ },
  ])('$what fails at config', async ({ code, summary }) => {
    write('config/config.json', code);
    const report = await examineFolder({ env: 'production' });

    expect(report.ok).toBe(false);
    expect(report.results[0]).toMatchObject({
      id: 'config',
      status: 'fail',
      summary: expect.stringMatching(summary) as string,
    });
    expect(report.results.slice(1).every(({ status }) => status === 'skip')).toBe(true);
  });

  it('that throws or rejects fails at config with its message', async () => {
    write(
      'config/config.js',
      "module.exports = async () => { throw new Error('vault is sealed'); }",
    );

    expect((await examineFolder()).results[0]).toMatchObject({
      status: 'fail',
      summary: 'config/config.js failed: vault is sealed',
    });
  });

  it('beside a driver that is too old fails at config', async () => {
    installOldDriver();
    write('config/config.json', `{"development": ${entry()}}`);

    expect(firstFailure(await examineFolder({ env: 'development' }))).toMatchObject({
      id: 'config',
      summary: 'mysql2 2.3.3 is not supported',
      fix: expect.stringMatching(/^Install mysql2 >=/) as string,
    });
  });

  it('must be there', async () => {
    await expect(runDoctor({ cwd: folder })).rejects.toMatchObject({
      code: 'ERR_IAM_AUTH_OPTIONS',
      message: expect.stringContaining(
        'There is no config/config.js or config/config.json here',
      ) as string,
    });
  });
});

describe('what no output may hold', () => {
  it.each([
    ['a token', `host/?Action=connect&X-Amz-Signature=0`],
    ['a session token', `{"summary":"${CREDENTIALS.sessionToken}"}`],
    ['a secret key', `it is ${CREDENTIALS.secretAccessKey}.`],
    ['a password', `password ${LEFT_PASSWORD}`],
  ])('is noticed: %s', (_what, text) => {
    expect(secretsIn(text)).not.toEqual([]);
  });
});
