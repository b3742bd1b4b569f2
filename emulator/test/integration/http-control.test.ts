import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { startControl, type Control } from '../../src/control/http-control';
import type { FailoverRequest } from '../../src/control/control-target';
import { isListening } from '../../../test/harness/eventually';
import { tryLocalLogin } from '../harness/local-clients';
import { startLocalEndpoint, type LocalEndpoint } from '../harness/local-endpoint';

const run = promisify(execFile);
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const engines = ['mysql', 'postgres'] as const;

describe.each(engines)('the control of %s', (engine) => {
  let endpoint: LocalEndpoint;
  let control: Control;
  let done: (string | FailoverRequest)[];

  beforeEach(async () => {
    done = [];
    endpoint = await startLocalEndpoint(engine);
    control = await startControl({
      ...endpoint.emulator,
      engine,
      rotateCredentials: () => void done.push('rotate'),
      failOver: (wanted) => {
        if (wanted.backend === 'gone://') return Promise.reject(new Error('It does not answer'));
        done.push(wanted);
        return Promise.resolve();
      },
    });
  });
  afterEach(async () => {
    await control.close();
    await endpoint.emulator.close();
  });

  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(control.origin + path, {
      method,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      allow: response.headers.get('allow'),
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
  };

  it('tells of the attempts, without their tokens, and forgets them', async () => {
    await tryLocalLogin(endpoint);
    const { status, body } = await ask('GET', '/attempts');
    expect(status).toBe(200);
    expect(body).toMatchObject([{ engine, outcome: 'accepted', username: 'jane_doe' }]);
    expect(JSON.stringify(body)).not.toContain('X-Amz');
    expect(await ask('DELETE', '/attempts')).toMatchObject({ status: 204, body: undefined });
    expect((await ask('GET', '/attempts')).body).toEqual([]);
  });

  it('sets faults, and shows what is left of them', async () => {
    const faults = { deny: 1, jitterMs: [0, 1], delayMs: 1 };
    expect((await ask('PUT', '/faults', faults)).status).toBe(204);
    expect(await tryLocalLogin(endpoint)).not.toBe('accepted');
    expect((await ask('GET', '/faults')).body).toEqual({ ...faults, deny: 0 });
    expect((await ask('PUT', '/faults')).status).toBe(204);
    expect((await ask('GET', '/faults')).body).toEqual({});
  });

  it('sets the limit and takes it away', async () => {
    await ask('PUT', '/limit', { limit: 0 });
    expect(await tryLocalLogin(endpoint)).not.toBe('accepted');
    await ask('PUT', '/limit', {});
    expect(await tryLocalLogin(endpoint)).toBe('accepted');
  });

  it('moves the clock', async () => {
    await ask('PUT', '/clock', { offsetMs: 16 * 60_000 });
    expect(await tryLocalLogin(endpoint)).not.toBe('accepted');
    expect(await endpoint.emulator.attempts()).toMatchObject([{ reason: 'expired' }]);
    await ask('PUT', '/clock', { offsetMs: 0 });
    expect(await tryLocalLogin(endpoint)).toBe('accepted');
  });

  it('kills connections, rotates credentials, fails over', async () => {
    const socket = connect(endpoint.emulator.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const closed = once(socket.resume(), 'close');
    expect((await ask('POST', '/kill')).status).toBe(204);
    await closed;
    await ask('POST', '/rotate');
    await ask('POST', '/failover', { backend: 'mysql://root@127.0.0.1' });
    await ask('POST', '/failover');
    expect(done).toEqual(['rotate', { backend: 'mysql://root@127.0.0.1' }, {}]);
  });

  it('says what the emulator cannot do', async () => {
    expect(await ask('POST', '/failover', { backend: 'gone://' })).toMatchObject({
      status: 409,
      body: { error: 'It does not answer' },
    });
    const { status, body } = await ask('PUT', '/faults', { certificate: 'expired' });
    expect(status).toBe(409);
    expect(body).toMatchObject({ error: expect.stringContaining("'expired'") as unknown });
  });

  const steps =
    engine === 'mysql'
      ? '"connect", "greeting", "tls", "token-request", "token"'
      : '"connect", "startup", "tls", "token-request", "token"';
  it.each([
    ['/faults', { delay: 5 }, /^delay is unknown; there are delayMs, jitterMs, /],
    ['/faults', '{"__proto__": {"deny": true}}', /^__proto__ is unknown/],
    ['/faults', { constructor: 1 }, /^constructor is unknown/],
    ['/faults', { delayMs: -1 }, 'delayMs must be a number from 0 to 2147483647'],
    ['/faults', { delayMs: 2 ** 31 }, 'delayMs must be a number from 0 to 2147483647'],
    ['/faults', { delayMs: '5' }, 'delayMs must be a number from 0 to 2147483647'],
    ['/faults', { jitterMs: 5 }, 'jitterMs[0] must be a number from 0 to 2147483647'],
    ['/faults', { jitterMs: [1] }, 'jitterMs[1] must be a number from 0 to 2147483647'],
    ['/faults', { jitterMs: [2, 1] }, 'jitterMs must be two numbers, the smaller one first'],
    ['/faults', { jitterMs: [1, 2, 3] }, 'jitterMs must be two numbers, the smaller one first'],
    ['/faults', { deny: 1.5 }, 'deny must be a whole number'],
    ['/faults', { tls: true }, 'tls must be false'],
    ['/faults', { silentAt: 'never' }, `silentAt must be one of ${steps}`],
    ['/faults', { resetAt: null }, `resetAt must be one of ${steps}`],
    ['/faults', { errorPacket: { sqlState: '28000' } }, /^errorPacket\.(code|message) is missing$/],
    ['/faults', { errorPacket: [] }, 'errorPacket must be an object'],
    [
      '/faults',
      { errorPacket: { x: 1, code: 1, sqlState: '28000', message: 'm' } },
      /^errorPacket\.(x|code) is unknown/,
    ],
    [
      '/faults',
      { errorPacket: { code: 1, sqlState: '2800', message: 'm' } },
      /errorPacket\.(code is unknown|sqlState must be five)/,
    ],
    ['/faults', [], 'The body must be an object'],
    ['/faults', 'null', 'The body must be an object'],
    ['/faults', '{', 'The body is not JSON'],
    ['/limit', { limit: -1 }, /^limit must be a number from 0/],
    ['/clock', {}, 'offsetMs is missing'],
    ['/clock', { offsetMs: 1e300 }, /^offsetMs must be a number/],
  ])('answers 400 to %s %j', async (path, body, message) => {
    const { status, body: answer } = await ask('PUT', path, body);
    const { error } = answer as { error: string };
    if (typeof message === 'string') expect(error).toBe(message);
    else expect(error).toMatch(message);
    expect(status).toBe(400);
    expect(await endpoint.emulator.faults()).toEqual({});
  });

  it('answers 400 to what else a POST brings', async () => {
    expect(await ask('POST', '/kill', { now: true })).toMatchObject({ status: 400 });
    expect(await ask('POST', '/failover', { backend: '' })).toMatchObject({
      status: 400,
      body: { error: 'backend must be a text of 1 to 500 characters' },
    });
  });

  it('knows the faults of its engine alone', async () => {
    const own = { mysql: { plugin: 'dialog' }, postgres: { authMethod: 'md5' } };
    const foreign = { mysql: own.postgres, postgres: own.mysql };
    expect((await ask('PUT', '/faults', own[engine])).status).toBe(204);
    expect((await ask('PUT', '/faults', foreign[engine])).status).toBe(400);
    expect(await endpoint.emulator.faults()).toEqual(own[engine]);
  });

  it('says which paths and methods there are', async () => {
    const paths = '/attempts, /faults, /limit, /clock, /kill, /rotate, /failover';
    for (const path of ['/', '/constructor', '/attempts/1'])
      expect(await ask('GET', path)).toMatchObject({
        status: 404,
        body: { error: `There is no ${path}; there are ${paths}` },
      });
    expect(await ask('POST', '/attempts')).toMatchObject({
      status: 405,
      allow: 'GET, DELETE',
      body: { error: '/attempts knows GET, DELETE, not POST' },
    });
  });

  it('reads no more than 64 KiB', async () => {
    expect(await ask('PUT', '/faults', `"${'x'.repeat(70_000)}"`)).toMatchObject({ status: 413 });
  });

  it('hangs up on a request that does not end', async () => {
    const socket = connect(Number(new URL(control.origin).port), '127.0.0.1');
    socket.write('PUT /faults HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n{');
    await once(socket.resume(), 'close');
  });

  it('answers neither another name nor a web page', async () => {
    const port = Number(new URL(control.origin).port);
    // fetch() does not let its caller set these.
    const statusFor = async (headers: OutgoingHttpHeaders) => {
      const sent = request({ port, host: '127.0.0.1', path: '/kill', method: 'POST', headers });
      const [response] = (await once(sent.end(), 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    expect(await statusFor({ host: 'localhost:1' })).toBe(204);
    expect(await statusFor({ host: '[::1]:1' })).toBe(204);
    expect(await statusFor({ host: 'evil.example' })).toBe(403);
    expect(await statusFor({ host: '127.0.0.1.evil.example' })).toBe(403);
    expect(await statusFor({ host: 'localhost', origin: 'http://localhost' })).toBe(403);
    expect(await statusFor({ host: 'localhost', origin: 'null' })).toBe(403);
  });

  (hasCurl ? it : it.skip)('answers curl', async () => {
    const curl = async (...args: string[]) =>
      (await run('curl', ['-s', '-w', ' %{http_code}', ...args])).stdout;
    const faults = `${control.origin}/faults`;
    expect(await curl('-X', 'PUT', '-d', '{"deny":true}', faults)).toBe(' 204');
    expect(await curl(faults)).toBe('{"deny":true}\n 200');
  });

  it('listens on loopback until it is closed, with requests under way', async () => {
    const port = Number(new URL(control.origin).port);
    const socket = connect(port, '127.0.0.1');
    socket.write('PUT /faults HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n{');
    const closed = new Promise((resolve) =>
      socket.on('error', () => undefined).once('close', resolve),
    );
    await once(socket.resume(), 'connect');
    await Promise.all([control.close(), control.close()]);
    await closed;
    expect(await isListening(port)).toBe(false);
  });
});
