import { once } from 'node:events';
import { connect } from 'node:net';
import { monotonicNow } from '../../src/endpoint/attempt-log';
import type { Endpoint, EngineUnderTest, LoggedIn } from './engine-under-test';
import { isListening, until } from '../../../test/harness/eventually';

const MINUTE_MS = 60_000;

/** Ends and processes: what the emulators of all engines do alike. */
export function describeLifecycle(engine: EngineUnderTest): void {
  const { logIn, codes } = engine;
  let endpoint: Endpoint;
  afterEach(() => endpoint.emulator.close());

  it('closes with clients at every stage of their login', async () => {
    endpoint = await engine.start({ faults: { delayMs: MINUTE_MS } });
    const waiting = logIn(endpoint);
    await until(async () => (await endpoint.emulator.attempts())[0]?.tokenAt !== undefined);
    const silent = connect(endpoint.emulator.port, '127.0.0.1').on('error', () => undefined);
    const silentClosed = once(silent.resume(), 'close');
    await until(async () => (await endpoint.emulator.openConnections()) === 2);
    await endpoint.emulator.close();
    expect(await waiting).toBe(codes.closed);
    await silentClosed;
    expect(await isListening(endpoint.emulator.port)).toBe(false);
    const attempts = await endpoint.emulator.attempts();
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
  });

  it.each([
    { goodbye: 'that leaves', leave: (client: LoggedIn) => client.end() },
    { goodbye: 'that is cut off', leave: (client: LoggedIn) => client.destroy() },
    {
      goodbye: 'that the emulator kills',
      leave: (_client: LoggedIn, { emulator }: Endpoint) => emulator.killConnections(),
    },
  ])('closes the backend’s connection with that of a client $goodbye', async ({ leave }) => {
    endpoint = await engine.start();
    const client = await engine.connect(endpoint);
    expect(await engine.isServed(client.sessionId)).toBe(true);

    await leave(client, endpoint);
    await until(async () => !(await engine.isServed(client.sessionId)));
    await until(async () => (await endpoint.emulator.openConnections()) === 0);
  });

  it('behaves in a process of its own as it does here', async () => {
    endpoint = await engine.fork();
    const { emulator } = endpoint;
    const before = monotonicNow();
    expect(await logIn(endpoint)).toBe('accepted');

    const [attempt] = await emulator.attempts();
    expect(attempt).toMatchObject({ outcome: 'accepted', servername: 'localhost' });
    expect(attempt?.tokenAt).toBeGreaterThan(before);
    expect(attempt?.tokenAt).toBeLessThan(monotonicNow());
    expect(await emulator.received()).toContain('X-Amz-Signature');

    await emulator.setLimit(0);
    expect(await logIn(endpoint)).toBe(codes.denied);
    await emulator.setLimit();
    await emulator.setCredentials({});
    expect(await logIn(endpoint)).toBe(codes.denied);
    const reasons = (await emulator.attempts()).map(({ reason }) => reason);
    expect(reasons).toEqual([undefined, 'throttled', 'unknown-key']);
    await emulator.close();
    await expect(emulator.attempts()).rejects.toThrow();
  });
}
