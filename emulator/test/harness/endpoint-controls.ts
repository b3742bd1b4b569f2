import { countBy, monotonicNow, peakPerSecond } from '../../src/endpoint/attempt-log';
import type { LoginFaults } from '../../src/endpoint/endpoint-types';
import type { Endpoint, EngineUnderTest } from './engine-under-test';

const MINUTE_MS = 60_000;

/** Rates, faults and remote control: what the emulators of all engines do alike. */
export function describeControls({ start, logIn, connect: open, codes }: EngineUnderTest): void {
  let endpoint: Endpoint;
  beforeEach(async () => {
    endpoint = await start();
  });
  afterEach(() => endpoint.emulator.close());

  describe('the throttle', () => {
    it('refuses exactly those beyond `limit` in the second that ends with them', async () => {
      const limit = 4;
      await endpoint.emulator.setLimit(limit);
      const results = await Promise.all(Array.from({ length: 10 }, () => logIn(endpoint)));
      expect(results.filter((code) => code === 'accepted')).toHaveLength(limit);
      expect(results.filter((code) => code === codes.denied)).toHaveLength(10 - limit);

      const attempts = await endpoint.emulator.attempts();
      expect(countBy(attempts, 'outcome')).toEqual({ accepted: limit, throttled: 10 - limit });
      expect(peakPerSecond(attempts)).toBe(10);
      const inOrder = attempts.toSorted((a, b) => (a.tokenAt ?? 0) - (b.tokenAt ?? 0));
      expect(inOrder.slice(0, limit).every(({ outcome }) => outcome === 'accepted')).toBe(true);
    });

    it('counts denied logins', async () => {
      await endpoint.emulator.setLimit(1);
      await endpoint.emulator.setFaults({ deny: true });
      await logIn(endpoint);
      await endpoint.emulator.setFaults({});
      expect(await logIn(endpoint)).toBe(codes.denied);
      const outcomes = (await endpoint.emulator.attempts()).map(({ outcome }) => outcome);
      expect(outcomes).toEqual(['denied', 'throttled']);
    });
  });

  describe('faults', () => {
    it.each<{ faults: LoginFaults; code: string; attempt: object }>([
      {
        faults: { resetAt: 'connect' },
        code: 'ECONNRESET',
        attempt: { outcome: 'refused', reason: 'reset', tlsEstablished: false },
      },
      {
        faults: { deny: true },
        code: codes.denied,
        attempt: { outcome: 'denied', reason: 'fault' },
      },
      {
        faults: { resetAt: 'token' },
        code: 'ECONNRESET',
        attempt: { outcome: 'refused', reason: 'reset', tokenAt: expect.any(Number) as unknown },
      },
    ])('$faults ends the login with $code', async ({ faults, code, attempt }) => {
      await endpoint.emulator.setFaults(faults);
      expect(await logIn(endpoint)).toBe(code);
      expect(await endpoint.emulator.attempts()).toMatchObject([attempt]);
    });

    it('never speaks when silent', async () => {
      await endpoint.emulator.setFaults({ silentAt: 'connect' });
      expect(await logIn(endpoint, { timeoutMs: 100 })).toBe(codes.timeout);
    });

    it.each([
      { delayMs: 200 },
      { jitterMs: [200, 220] },
      { delayMs: 100, jitterMs: [100, 120] },
    ] as LoginFaults[])('answers the token late with %j', async (faults) => {
      await endpoint.emulator.setFaults(faults);
      expect(await logIn(endpoint)).toBe('accepted');
      const now = monotonicNow();
      const [attempt] = await endpoint.emulator.attempts();
      expect(now - (attempt?.tokenAt ?? now)).toBeGreaterThanOrEqual(199);
    });
  });

  describe('control', () => {
    it('moves the server’s clock', async () => {
      await endpoint.emulator.setClockOffset(15 * MINUTE_MS);
      expect(await logIn(endpoint)).toBe(codes.denied);
      await endpoint.emulator.setClockOffset(-6 * MINUTE_MS);
      expect(await logIn(endpoint)).toBe(codes.denied);
      const attempts = await endpoint.emulator.attempts();
      expect(countBy(attempts, 'reason')).toEqual({ expired: 1, 'not-yet-valid': 1 });
    });

    it('changes the known credentials', async () => {
      await endpoint.emulator.setCredentials({});
      expect(await logIn(endpoint)).toBe(codes.denied);
      expect(await endpoint.emulator.attempts()).toMatchObject([{ reason: 'unknown-key' }]);
    });

    it('counts and kills connections', async () => {
      const { lost } = await open(endpoint);
      expect(await endpoint.emulator.openConnections()).toBe(1);
      await endpoint.emulator.killConnections();
      expect(await lost).toBeDefined();
      expect(await endpoint.emulator.openConnections()).toBe(0);
    });

    it('forgets on clear()', async () => {
      await logIn(endpoint);
      await endpoint.emulator.clear();
      expect(await endpoint.emulator.attempts()).toEqual([]);
      expect(await endpoint.emulator.received()).toBe('');
    });
  });
}
