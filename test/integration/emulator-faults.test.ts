import { createConnection } from 'mysql2/promise';
import { countBy, peakPerSecond } from '../emulator/attempt-log';
import type { Faults } from '../emulator/mysql-emulator-types';
import { startEndpoint, type EmulatedEndpoint } from './emulated-endpoint';
import { safeOptions, tryLogin } from './mysql2-clients';

const MINUTE_MS = 60_000;

let endpoint: EmulatedEndpoint;
beforeEach(async () => {
  endpoint = await startEndpoint();
});
afterEach(() => endpoint.emulator.close());

const logIn = () => tryLogin(safeOptions(endpoint, endpoint.token()));

describe('the throttle', () => {
  it('refuses exactly those beyond `limit` in the second that ends with them', async () => {
    const limit = 4;
    await endpoint.emulator.setLimit(limit);
    const codes = await Promise.all(Array.from({ length: 10 }, logIn));
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(limit);
    expect(codes.filter((code) => code === 'ER_ACCESS_DENIED_ERROR')).toHaveLength(10 - limit);

    const attempts = await endpoint.emulator.attempts();
    expect(countBy(attempts, 'outcome')).toEqual({ accepted: limit, throttled: 10 - limit });
    expect(peakPerSecond(attempts)).toBe(10);
    const inOrder = attempts.toSorted((a, b) => (a.tokenAt ?? 0) - (b.tokenAt ?? 0));
    expect(inOrder.slice(0, limit).every(({ outcome }) => outcome === 'accepted')).toBe(true);
  });

  it('counts denied logins', async () => {
    await endpoint.emulator.setLimit(1);
    await endpoint.emulator.setFaults({ deny: true });
    await logIn();
    await endpoint.emulator.setFaults({});
    expect(await logIn()).toBe('ER_ACCESS_DENIED_ERROR');
    const outcomes = (await endpoint.emulator.attempts()).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['denied', 'throttled']);
  });
});

describe('faults', () => {
  it.each<{ faults: Faults; code: string; attempt: object }>([
    {
      faults: { tcpReset: true },
      code: 'ECONNRESET',
      attempt: { outcome: 'refused', reason: 'reset', tlsEstablished: false },
    },
    {
      faults: { deny: true },
      code: 'ER_ACCESS_DENIED_ERROR',
      attempt: { outcome: 'denied', reason: 'fault' },
    },
    {
      faults: { resetAfterToken: true },
      code: 'ECONNRESET',
      attempt: { outcome: 'refused', reason: 'reset', tokenAt: expect.any(Number) as unknown },
    },
    {
      faults: { errorPacket: { code: 1040, sqlState: '08004', message: 'Too many connections' } },
      code: 'ER_CON_COUNT_ERROR',
      attempt: { outcome: 'refused', reason: 'error 1040' },
    },
  ])('$faults ends the login with $code', async ({ faults, code, attempt }) => {
    await endpoint.emulator.setFaults(faults);
    expect(await logIn()).toBe(code);
    expect(await endpoint.emulator.attempts()).toMatchObject([attempt]);
  });

  it('never speaks when silent', async () => {
    await endpoint.emulator.setFaults({ silent: true });
    const options = { ...safeOptions(endpoint, endpoint.token()), connectTimeout: 100 };
    expect(await tryLogin(options)).toBe('ETIMEDOUT');
  });

  it.each([
    { delayMs: 60 },
    { jitterMs: [60, 80] },
    { delayMs: 30, jitterMs: [30, 40] },
  ] as Faults[])('answers late with %j', async (faults) => {
    await endpoint.emulator.setFaults(faults);
    const before = performance.now();
    expect(await logIn()).toBe('accepted');
    expect(performance.now() - before).toBeGreaterThanOrEqual(59);
  });
});

describe('a server that asks for another proof', () => {
  it.each([
    { plugin: 'mysql_native_password', tokenSent: false },
    { plugin: 'dialog', tokenSent: false },
    { plugin: 'client_ed25519', tokenSent: false },
    { plugin: 'sha256_password', tokenSent: true },
    { plugin: 'caching_sha2_password', tokenSent: true },
  ])('gets the token with $plugin: $tokenSent', async ({ plugin, tokenSent }) => {
    await endpoint.emulator.setFaults({ plugin });
    const token = endpoint.token();
    await expect(createConnection(safeOptions(endpoint, token))).rejects.toThrow();
    expect((await endpoint.emulator.received()).includes(token)).toBe(tokenSent);
  });

  it('gets the token by full authentication, past the clear-text plugin', async () => {
    await endpoint.emulator.close();
    endpoint = await startEndpoint({
      greeting: 'caching_sha2_password',
      faults: { cachingSha2FullAuth: true },
    });
    const options = safeOptions(endpoint, endpoint.token());
    const mysql_clear_password = () => () => Promise.reject(new Error('not asked'));
    expect(await tryLogin({ ...options, authPlugins: { mysql_clear_password } })).toBe('accepted');
  });
});

describe('control', () => {
  it('moves the server’s clock', async () => {
    await endpoint.emulator.setClockOffset(15 * MINUTE_MS);
    expect(await logIn()).toBe('ER_ACCESS_DENIED_ERROR');
    await endpoint.emulator.setClockOffset(-6 * MINUTE_MS);
    expect(await logIn()).toBe('ER_ACCESS_DENIED_ERROR');
    const attempts = await endpoint.emulator.attempts();
    expect(countBy(attempts, 'reason')).toEqual({ expired: 1, 'not-yet-valid': 1 });
  });

  it('changes the known credentials', async () => {
    await endpoint.emulator.setCredentials({});
    expect(await logIn()).toBe('ER_ACCESS_DENIED_ERROR');
    expect(await endpoint.emulator.attempts()).toMatchObject([{ reason: 'unknown-key' }]);
  });

  it('counts and kills connections', async () => {
    const connection = await createConnection(safeOptions(endpoint, endpoint.token()));
    const lost = new Promise((resolve) => connection.on('error', resolve));
    expect(await endpoint.emulator.openConnections()).toBe(1);
    await endpoint.emulator.killConnections();
    expect(await lost).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' });
    expect(await endpoint.emulator.openConnections()).toBe(0);
  });

  it('forgets on clear()', async () => {
    await logIn();
    await endpoint.emulator.clear();
    expect(await endpoint.emulator.attempts()).toEqual([]);
    expect(await endpoint.emulator.received()).toBe('');
  });
});
