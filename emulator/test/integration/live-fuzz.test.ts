import fc from 'fast-check';
import { until } from '../../../test/harness/eventually';
import { tryLocalLogin } from '../harness/local-clients';
import { startLocalEndpoint } from '../harness/local-endpoint';
import { mutated } from '../../../test/harness/mutations';
import { clientPackets, dial, dialTls, hangUp } from '../harness/raw-client';

const FLIGHTS = 1000;
const LANES = 25;

const resources = () =>
  process.getActiveResourcesInfo().filter((kind) => /^(TCP|TLS|Timeout)/.test(kind)).length;

it.each(['mysql', 'postgres'] as const)(
  'an endpoint of %s outlives a thousand random first flights',
  async (engine) => {
    const before = resources();
    const endpoint = await startLocalEndpoint(engine, { loginTimeoutMs: 1000 });
    const { tls, hello, token } = clientPackets[engine];
    const flights = fc.sample(mutated([tls, hello, Buffer.concat([hello, token('x')])]), {
      numRuns: FLIGHTS,
      seed: 2000,
    });
    const fly = async (flight: Buffer, index: number) => {
      const socket = await (index % 2 === 0 ? dial(endpoint) : dialTls(endpoint));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.resume().write(flight);
      // Most clients hang up at once, the others wait to be told.
      if (index % 20 > 1) socket.end();
      await closed;
    };
    const waiting = [...flights.entries()];
    const lane = async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) await fly(next[1], next[0]);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    const attempts = await endpoint.emulator.attempts();
    expect(attempts.length).toBeGreaterThan(FLIGHTS * 0.9);
    expect(attempts.filter(({ outcome }) => outcome === 'accepted')).toEqual([]);
    expect(attempts.filter(({ outcome }) => outcome === 'open')).toEqual([]);

    expect(await tryLocalLogin(endpoint)).toBe('accepted');
    await until(async () => (await endpoint.emulator.openConnections()) === 0);
    await endpoint.emulator.close();
    hangUp();
    await until(() => resources() <= before);
  },
);
