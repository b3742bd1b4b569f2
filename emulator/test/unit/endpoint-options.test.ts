import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { Attempt } from '../../src/endpoint/attempt-log';
import { until } from '../../../test/harness/eventually';
import { tryLocalLogin } from '../harness/local-clients';
import { KEY, startLocalEndpoint, type LocalEndpoint } from '../harness/local-endpoint';

const engines = ['mysql', 'postgres'] as const;
const { accessKeyId, secretAccessKey } = KEY;

describe.each(engines)('an endpoint of %s', (engine) => {
  let endpoint: LocalEndpoint;
  afterEach(() => endpoint.emulator.close());

  it('asks a function for the credentials at every login', async () => {
    const asked: string[] = [];
    let isKnown = true;
    endpoint = await startLocalEndpoint(engine, {
      credentials: (id) => {
        asked.push(id);
        return isKnown ? { secretAccessKey } : undefined;
      },
    });
    expect(await tryLocalLogin(endpoint)).toBe('accepted');
    isKnown = false;
    expect(await tryLocalLogin(endpoint)).not.toBe('accepted');
    expect(asked).toEqual([accessKeyId, accessKeyId]);
  });

  it('knows no access key that only every object has', async () => {
    endpoint = await startLocalEndpoint(engine);
    const token = endpoint.token({ accessKeyId: 'constructor', secretAccessKey: 'undefined' });
    expect(await tryLocalLogin(endpoint, { token })).not.toBe('accepted');
    expect(await endpoint.emulator.attempts()).toMatchObject([{ reason: 'unknown-key' }]);
  });

  it('tells of each attempt as it is decided', async () => {
    const told: Attempt[] = [];
    endpoint = await startLocalEndpoint(engine, {
      onAttempt: (attempt) => void told.push(attempt),
    });
    await tryLocalLogin(endpoint);
    await tryLocalLogin(endpoint, { token: 'nonsense' });
    await until(() => told.length === 2);
    expect(told).toMatchObject([
      { engine, outcome: 'accepted', username: 'jane_doe' },
      { engine, outcome: 'denied', reason: 'malformed' },
    ]);
    expect(JSON.stringify(told)).not.toContain('X-Amz');
  });

  it('listens on the port it is given, and says when that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(startLocalEndpoint(engine, { port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    other.close();
    await once(other, 'close');
    endpoint = await startLocalEndpoint(engine, { port });
    expect(endpoint.emulator.port).toBe(port);
    expect(await tryLocalLogin(endpoint)).toBe('accepted');
  });
});
