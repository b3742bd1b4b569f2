import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { Attempt } from '../../src/endpoint/attempt-log';
import type { PolicyDocument } from '../../src/iam/policy-document';
import { until } from '../../../test/harness/eventually';
import { tryLocalLogin } from '../harness/local-clients';
import { KEY, LOCAL, startLocalEndpoint, type LocalEndpoint } from '../harness/local-endpoint';

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

  it('refuses a policy that it does not imitate when it is handed over', async () => {
    const Condition = { Bool: { 'aws:SecureTransport': 'true' } };
    const policy = { Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition } };
    const credentials = {
      [accessKeyId]: { secretAccessKey, policies: [policy as unknown as PolicyDocument] },
    };
    await expect(startLocalEndpoint(engine, { credentials })).rejects.toThrow('Condition');
    endpoint = await startLocalEndpoint(engine);
    await expect(endpoint.emulator.setCredentials(credentials)).rejects.toThrow('Condition');
    expect(await tryLocalLogin(endpoint)).toBe('accepted');
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
      {
        engine,
        outcome: 'denied',
        reason: 'malformed',
        detail: expect.stringMatching(
          /^\[ERROR\] Failed to .* jane_doe .*InvalidToken\) \(It is no token/,
        ) as unknown,
      },
    ]);
    expect(JSON.stringify(told)).not.toContain('X-Amz');
  });

  it('names the throttle in the log', async () => {
    endpoint = await startLocalEndpoint(engine, { limit: 0 });
    await tryLocalLogin(endpoint);
    expect(await endpoint.emulator.attempts()).toMatchObject([
      { reason: 'throttled', detail: expect.stringContaining('Status Code: 429') as unknown },
    ]);
  });

  it('judges policies for the resource and the account that it is given', async () => {
    const policies = [
      {
        Version: '2012-10-17' as const,
        Statement: {
          Effect: 'Allow' as const,
          Action: 'rds-db:connect',
          Resource: 'arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABC/jane_doe',
        },
      },
    ];
    const { hostname, region } = LOCAL;
    const credentials = { [accessKeyId]: { secretAccessKey, policies } };
    const outcome = async (identity: { resourceId?: string; account?: string }) => {
      endpoint = await startLocalEndpoint(engine, {
        credentials,
        endpoint: { hostname, region, ...identity },
      });
      await tryLocalLogin(endpoint);
      const [attempt] = await endpoint.emulator.attempts();
      await endpoint.emulator.close();
      return attempt?.reason ?? attempt?.outcome;
    };
    const resourceId = 'db-ABC';
    const account = '111122223333';
    expect(await outcome({ resourceId, account })).toBe('accepted');
    expect(await outcome({ account })).not.toBe('accepted');
    expect(await outcome({ resourceId })).not.toBe('accepted');
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
