import { mariaDb, postgres } from '../../../test/harness/backend';
import { ENDPOINT } from '../../../test/harness/emulated-endpoint';
import { until } from '../../../test/harness/eventually';
import {
  outcomeOf,
  startForDriver,
  type DriverName,
  type EndpointOfDriver,
} from '../harness/driver-logins';
import { startFakeBackend } from '../harness/fake-backend';

/** What a driver tells its application of each fault. */
const drivers: readonly {
  driver: DriverName;
  own: 'greeting' | 'startup';
  foreign: 'greeting' | 'startup';
  timeout: string;
  tlsReset: string;
  certificates: Record<'expired' | 'wrong-host' | 'self-signed' | 'other-root', string>;
  noTls: string;
  full: string;
  denied: string;
}[] = [
  {
    driver: 'mysql2',
    own: 'greeting',
    foreign: 'startup',
    timeout: 'ETIMEDOUT: connect ETIMEDOUT',
    tlsReset: 'HANDSHAKE_SSL_ERROR: ',
    certificates: {
      expired: 'HANDSHAKE_SSL_ERROR: certificate has expired',
      'wrong-host': 'HANDSHAKE_SSL_ERROR: Hostname/IP does not match',
      'self-signed': 'HANDSHAKE_SSL_ERROR: self-signed certificate',
      'other-root': 'HANDSHAKE_SSL_ERROR: unable to verify the first certificate',
    },
    noTls: 'HANDSHAKE_NO_SSL_SUPPORT: ',
    full: 'ER_CON_COUNT_ERROR: Too many connections',
    denied: 'ER_ACCESS_DENIED_ERROR: ',
  },
  {
    driver: 'mariadb',
    own: 'greeting',
    foreign: 'startup',
    timeout: 'ER_CONNECTION_TIMEOUT: ',
    tlsReset: 'ECONNRESET: ',
    certificates: {
      expired: 'CERT_HAS_EXPIRED: ',
      'wrong-host': 'ERR_TLS_CERT_ALTNAME_INVALID: ',
      'self-signed': 'DEPTH_ZERO_SELF_SIGNED_CERT: ',
      'other-root': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE: ',
    },
    noTls: 'ER_SERVER_SSL_DISABLED: ',
    full: 'ER_CON_COUNT_ERROR: (conn:-1, no: 1040, SQLState: 08004)',
    denied: 'ER_ACCESS_DENIED_ERROR: ',
  },
  {
    driver: 'pg',
    own: 'startup',
    foreign: 'greeting',
    timeout: 'undefined: timeout expired',
    tlsReset: 'ECONNRESET: ',
    certificates: {
      expired: 'CERT_HAS_EXPIRED: ',
      'wrong-host': 'ERR_TLS_CERT_ALTNAME_INVALID: ',
      'self-signed': 'DEPTH_ZERO_SELF_SIGNED_CERT: ',
      'other-root': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE: ',
    },
    noTls: 'undefined: The server does not support SSL connections',
    full: '53300: sorry, too many clients already',
    denied: '28000: PAM authentication failed',
  },
];

describe.each(drivers)('$driver', ({ driver, own, foreign, ...sees }) => {
  let endpoint: EndpointOfDriver;
  beforeAll(async () => {
    endpoint = await startForDriver(driver);
  });
  beforeEach(async () => {
    await endpoint.emulator.setFaults({});
    await endpoint.emulator.clear();
  });
  afterAll(() => endpoint.emulator.close());

  const steps = [
    { step: 'connect', reset: 'ECONNRESET: ', isTls: false, isSent: false },
    { step: own, reset: undefined, isTls: false, isSent: false },
    { step: 'tls', reset: sees.tlsReset, isTls: false, isSent: false },
    { step: 'token-request', reset: 'ECONNRESET: ', isTls: true, isSent: false },
    { step: 'token', reset: 'ECONNRESET: ', isTls: true, isSent: true },
  ] as const;

  it.each(steps)('waits in vain for a server silent at $step', async ({ step, isTls, isSent }) => {
    await endpoint.emulator.setFaults({ silentAt: step });
    expect(await outcomeOf(endpoint, 300)).toMatch(sees.timeout);
    expect((await endpoint.emulator.received()).includes('X-Amz-Signature')).toBe(isSent);
    // Silence is not the end: that is the client's hanging up.
    await until(async () => (await endpoint.attempts())[0]?.outcome === 'failed');
    expect(await endpoint.attempts()).toMatchObject([{ tlsEstablished: isTls }]);
  });

  it.each(steps)('is reset at $step', async ({ step, reset, isTls, isSent }) => {
    await endpoint.emulator.setFaults({ resetAt: step });
    expect(await outcomeOf(endpoint)).toMatch(reset ?? /ECONNRESET/);
    expect((await endpoint.emulator.received()).includes('X-Amz-Signature')).toBe(isSent);
    expect(await endpoint.attempts()).toMatchObject([
      { outcome: 'refused', reason: 'reset', tlsEstablished: isTls },
    ]);
  });

  it.each(['expired', 'wrong-host', 'self-signed', 'other-root'] as const)(
    'sends no token to a server whose certificate is %s',
    async (certificate) => {
      await endpoint.emulator.setFaults({ certificate });
      expect(await outcomeOf(endpoint)).toMatch(sees.certificates[certificate]);
      expect(await endpoint.emulator.received()).not.toContain('X-Amz-');
    },
  );

  it('sends no token to a server without TLS', async () => {
    await endpoint.emulator.setFaults({ tls: false });
    expect(await outcomeOf(endpoint)).toMatch(sees.noTls);
    expect(await endpoint.emulator.received()).not.toContain('X-Amz-');
  });

  it('is one too many', async () => {
    await endpoint.emulator.setFaults({ maxConnections: 1 });
    const first = await endpoint.connect();
    expect(await outcomeOf(endpoint)).toContain(sees.full);
    await first.ask();
    await first.end();
    await until(async () => (await endpoint.emulator.openConnections()) === 0);
    expect(await outcomeOf(endpoint)).toBe('accepted');
    const outcomes = (await endpoint.attempts()).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['accepted', 'refused', 'accepted']);
  });

  it('is denied twice, then let in', async () => {
    await endpoint.emulator.setFaults({ deny: 2 });
    expect(await outcomeOf(endpoint)).toMatch(sees.denied);
    expect(await endpoint.emulator.faults()).toEqual({ deny: 1 });
    expect(await outcomeOf(endpoint)).toMatch(sees.denied);
    expect(await outcomeOf(endpoint)).toBe('accepted');
    expect(await endpoint.emulator.faults()).toEqual({ deny: 0 });
  });

  it('loses an accepted connection after a while', async () => {
    await endpoint.emulator.setFaults({ closeAfterMs: 100 });
    const client = await endpoint.connect();
    await client.ask();
    await client.lost;
    await until(async () => (await endpoint.emulator.openConnections()) === 0);
  });

  it('finds two faults at once', async () => {
    await endpoint.emulator.setFaults({ delayMs: 150, deny: true });
    const start = performance.now();
    expect(await outcomeOf(endpoint)).toMatch(sees.denied);
    expect(performance.now() - start).toBeGreaterThanOrEqual(149);
  });

  it('follows a failover to the database behind, and not to one that does not answer', async () => {
    const engine = driver === 'pg' ? 'postgres' : 'mysql';
    const { host, port, users } = driver === 'pg' ? postgres() : mariaDb();
    const real = { host, port, users: { [ENDPOINT.username]: users.app } };
    const before = await endpoint.connect();
    let arrived = 0;
    const other = await startFakeBackend(engine, () => (arrived += 1));
    await endpoint.emulator.setBackend({ ...other, users: real.users });
    await before.ask();
    await endpoint.emulator.killConnections();
    await before.lost;

    await outcomeOf(endpoint);
    await until(() => arrived === 1);
    await other.close();
    await expect(endpoint.emulator.setBackend(other)).rejects.toThrow('ECONNREFUSED');
    await endpoint.emulator.setBackend(real);
    expect(await outcomeOf(endpoint)).toBe('accepted');
  });

  it('cannot be shown what the endpoint does not have', async () => {
    const setFaults = endpoint.emulator.setFaults({ silentAt: foreign });
    await expect(setFaults).rejects.toThrow(`has no step '${foreign}'; its steps are connect, `);
    await expect(startForDriver(driver, { faults: { resetAt: foreign } })).rejects.toThrow('step');
    const { emulator } = await startForDriver(driver, { tls: false });
    await expect(emulator.setFaults({ certificate: 'expired' })).rejects.toThrow(
      "no certificate 'expired'",
    );
    await emulator.close();
    expect(await endpoint.emulator.faults()).toEqual({});
  });
});
