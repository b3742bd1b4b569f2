import { startEcsCredentials, type EcsCredentials } from '../../src/aws/ecs-credentials';

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'session' };

describe('startEcsCredentials', () => {
  let endpoint: EcsCredentials;
  beforeEach(async () => {
    endpoint = await startEcsCredentials({ credentials, expiresInMs: 1000 });
  });
  afterEach(() => endpoint.close());

  it('answers as ECS does, and counts', async () => {
    const before = Date.now();
    const answer: unknown = await (await fetch(endpoint.url)).json();
    expect(answer).toEqual({
      AccessKeyId: 'AKID',
      SecretAccessKey: 'secret',
      Token: 'session',
      Expiration: expect.any(String) as unknown,
    });
    const { Expiration } = answer as { Expiration: string };
    expect(Date.parse(Expiration)).toBeGreaterThanOrEqual(before + 1000);
    expect(endpoint.requests()).toBe(1);
  });

  it('fails with the status that was set', async () => {
    endpoint.set({ status: 500 });
    expect((await fetch(endpoint.url)).status).toBe(500);
  });

  it('answers no sooner than `delayMs`', async () => {
    endpoint.set({ delayMs: 50 });
    const before = performance.now();
    await fetch(endpoint.url);
    expect(performance.now() - before).toBeGreaterThanOrEqual(49);
  });

  it('hangs until it is closed', async () => {
    endpoint.set({ hang: true });
    const answer = fetch(endpoint.url);
    const early = await Promise.race([
      answer,
      new Promise((resolve) => setTimeout(resolve, 50, 'none')),
    ]);
    expect(early).toBe('none');
    const failed = expect(answer).rejects.toThrow();
    await endpoint.close();
    await failed;
    endpoint = await startEcsCredentials({ credentials });
  });
});
