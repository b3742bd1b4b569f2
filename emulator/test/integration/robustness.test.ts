import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { EndpointOptions, LoginFaults } from '../../src/endpoint/endpoint-types';
import { parseSqlState } from '../../src/postgres/postgres-protocol';
import { mysqlPacket } from '../../../test/harness/mysql-packets';
import { isListening, until } from '../../../test/harness/eventually';
import { startFakeBackend, type FakeBackend } from '../harness/fake-backend';
import { tryLocalLogin } from '../harness/local-clients';
import { startLocalEndpoint, type LocalEndpoint } from '../harness/local-endpoint';
import {
  clientPackets,
  dial,
  dialLoggedIn,
  dialTls,
  dialToTls,
  drip,
  hangUp,
} from '../harness/raw-client';

const engines = ['mysql', 'postgres'] as const;
const SHORT_MS = 150;
const tooLong = {
  mysql: 'No login needs so long a packet',
  postgres: 'This is not the PostgreSQL protocol',
};

/** How many sockets and timers this process has. */
const resources = () =>
  process.getActiveResourcesInfo().filter((kind) => /^(TCP|TLS|Timeout)/.test(kind)).length;

const closed = (socket: Socket) =>
  new Promise<void>((resolve) => {
    if (socket.destroyed) resolve();
    socket.resume().once('close', () => resolve());
  });

describe.each(engines)('an endpoint of %s', (engine) => {
  let endpoint: LocalEndpoint;
  let backend: FakeBackend | undefined;
  const start = async (options: Partial<EndpointOptions<LoginFaults>> = {}) => {
    endpoint = await startLocalEndpoint(engine, options);
    return endpoint;
  };
  const startBefore = async (fake: FakeBackend, loginTimeoutMs = 10_000) => {
    backend = fake;
    return start({ backend: fake, loginTimeoutMs });
  };
  const lastAttempt = async () => (await endpoint.emulator.attempts()).at(-1);
  const isEmpty = async () => (await endpoint.emulator.openConnections()) === 0;

  let before = 0;
  beforeEach(() => {
    before = resources();
  });
  afterEach(async () => {
    await endpoint.emulator.close();
    await backend?.close();
    backend = undefined;
    hangUp();
    await until(() => resources() <= before);
  });

  it('hangs up on a packet longer than any login needs, before it is here', async () => {
    await start();
    const giant = { mysql: Buffer.of(255, 255, 255, 1), postgres: Buffer.of(0, 255, 255, 255) };
    const socket = await dial(endpoint);
    socket.write(giant[engine]);
    socket.write(Buffer.alloc(4));
    await closed(socket);
    expect(await lastAttempt()).toMatchObject({
      outcome: 'failed',
      reason: tooLong[engine],
      tlsEstablished: false,
    });
  });

  it('hangs up on a token longer than any, too', async () => {
    await start();
    const secure = await dialTls(endpoint);
    secure.write(clientPackets[engine].hello);
    await once(secure, 'data');
    secure.write(clientPackets[engine].token('x'.repeat(70_000)));
    await closed(secure);
    expect(await lastAttempt()).toMatchObject({
      outcome: 'failed',
      reason: tooLong[engine],
      tlsEstablished: true,
    });
  });

  describe('that gives a client little time', () => {
    beforeEach(() => start({ loginTimeoutMs: SHORT_MS }));
    afterEach(async () => {
      await until(isEmpty);
      expect(await lastAttempt()).toMatchObject({
        outcome: 'failed',
        reason: 'timeout',
        detail: `The login took more than ${SHORT_MS} ms`,
      });
    });

    it('does not wait for one that says nothing', async () => {
      await closed(await dial(endpoint));
    });

    it('does not wait for one that sends a byte at a time', async () => {
      const socket = await dial(endpoint);
      const isClosed = closed(socket);
      await Promise.all([isClosed, drip(socket, clientPackets[engine].hello, SHORT_MS / 10)]);
    });

    it('does not wait for the end of a TLS handshake', async () => {
      await closed(await dialToTls(endpoint));
    });

    it('does not wait for one that begins a TLS handshake', async () => {
      const socket = await dialToTls(endpoint);
      // The head of a record that never ends.
      socket.write(Buffer.of(22, 3, 1, 2, 0, 1));
      await closed(socket);
    });

    it('does not wait for a token', async () => {
      const secure = await dialTls(endpoint);
      secure.write(clientPackets[engine].hello);
      await closed(secure);
    });
  });

  it('does not count a delay that was ordered as the client’s', async () => {
    await start({ loginTimeoutMs: 200, faults: { delayMs: 300 } });
    expect(await tryLocalLogin(endpoint)).toBe('accepted');
  });

  it('leaves no connection to a client that is told no and stays', async () => {
    await start();
    const secure = await dialTls(endpoint, { allowHalfOpen: true });
    const { hello, token } = clientPackets[engine];
    secure.write(hello);
    await once(secure, 'data');
    secure.write(token('nonsense'));
    await until(isEmpty);
    secure.destroy();
    expect(await lastAttempt()).toMatchObject({ outcome: 'denied', reason: 'malformed' });
  });

  it.each([
    { where: 'in place of a first packet', dialThere: dial },
    { where: 'in place of a TLS handshake', dialThere: dialToTls },
    { where: 'over TLS', dialThere: dialTls },
  ])('survives garbage $where', async ({ dialThere }) => {
    await start();
    const socket: Socket = await dialThere(endpoint);
    socket.write(Buffer.alloc(3000, 'GET / HTTP/1.1\r\n'));
    await closed(socket);
    expect(await lastAttempt()).toMatchObject({ outcome: 'failed' });
    expect(await tryLocalLogin(endpoint)).toBe('accepted');
    await until(isEmpty);
  });

  it('keeps no timer for an accepted client that leaves before its time', async () => {
    await startBefore(await startFakeBackend(engine));
    await endpoint.emulator.setFaults({ closeAfterMs: 60_000 });
    const secure = await dialLoggedIn(endpoint);
    secure.destroy();
    await until(isEmpty);
  });

  it('keeps no more of a name than a database would', async () => {
    await start();
    const username = 'x'.repeat(9000);
    expect(await tryLocalLogin(endpoint, { username })).not.toBe('accepted');
    const kept = { mysql: 96, postgres: 63 };
    expect((await lastAttempt())?.username).toBe(username.slice(0, kept[engine]));
  });

  it('serves as many connections as it may, tells more why, and recovers', async () => {
    await start({ maxConnections: 3 });
    const idle = await Promise.all([dial(endpoint), dial(endpoint), dial(endpoint)]);
    const full = { mysql: 'ER_CON_COUNT_ERROR', postgres: '53300' };
    expect(await tryLocalLogin(endpoint)).toBe(full[engine]);
    expect(await lastAttempt()).toMatchObject({
      outcome: 'refused',
      reason: 'too-many-connections',
    });
    // A hundred more are told; the rest are closed without a word.
    await until(async () => (await endpoint.emulator.openConnections()) === 3);
    const flood = await Promise.all(Array.from({ length: 200 }, () => dial(endpoint)));
    for (const socket of flood) socket.resume();
    const unheard = () => flood.filter((socket) => socket.destroyed && socket.bytesRead === 0);
    // Those of MySQL are told at once, and make room for more.
    await until(async () =>
      engine === 'postgres'
        ? unheard().length >= 50
        : (await endpoint.emulator.openConnections()) === 3,
    );
    for (const socket of [...idle, ...flood]) socket.destroy();
    await until(isEmpty);
    expect(await tryLocalLogin(endpoint)).toBe('accepted');
  });

  it('does not count those that it refuses', async () => {
    await start({ maxConnections: 1 });
    const first = await dial(endpoint);
    const refused = await dial(endpoint);
    await until(async () => (await endpoint.emulator.openConnections()) === 2);
    first.destroy();
    await until(async () => (await endpoint.emulator.openConnections()) < 2);
    expect(await tryLocalLogin(endpoint)).toBe('accepted');
    refused.destroy();
  });

  it('has no user that only every object has', async () => {
    await startBefore(await startFakeBackend(engine));
    const username = 'constructor';
    const token = endpoint.token({ username });
    expect(await tryLocalLogin(endpoint, { username, token })).not.toBe('accepted');
    expect(await lastAttempt()).toMatchObject({ outcome: 'denied', reason: 'unknown-user' });
  });

  it.each(['reset', 'silent'] as const)('ends a login at a backend that is %s', async (manner) => {
    const fake = await startFakeBackend(engine);
    await startBefore(fake, manner === 'silent' ? 500 : 10_000);
    fake.behave(manner);
    expect(await tryLocalLogin(endpoint)).not.toBe('accepted');
    expect(await lastAttempt()).toMatchObject({
      outcome: 'failed',
      reason: manner === 'silent' ? 'timeout' : (expect.stringContaining('ECONNRESET') as unknown),
    });
    await until(() => fake.connections() === 0);
    expect(JSON.stringify(await endpoint.emulator.attempts())).not.toContain('secret of');
  });

  it('ends a login at a backend that is gone', async () => {
    const fake = await startFakeBackend(engine);
    await startBefore(fake);
    await fake.close();
    backend = undefined;
    expect(await tryLocalLogin(endpoint)).not.toBe('accepted');
    expect(await lastAttempt()).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/behind failed: .*ECONNREFUSED/) as unknown,
    });
  });

  it('ends an accepted client with the backend’s connection, even one that stays', async () => {
    const fake = await startFakeBackend(engine, (socket) => socket.end());
    await startBefore(fake);
    const secure = await dialLoggedIn(endpoint);
    secure.allowHalfOpen = true;
    await until(isEmpty);
    secure.destroy();
  });

  it('reads no faster from the backend than the client reads', async () => {
    const MEGABYTE = Buffer.alloc(1_000_000);
    let written = 0;
    const pour = (socket: Socket): void => {
      while (written < 100 && !socket.destroyed) {
        written += 1;
        if (!socket.write(MEGABYTE)) {
          socket.once('drain', () => pour(socket));
          return;
        }
      }
    };
    await startBefore(await startFakeBackend(engine, pour));
    const secure = await dialLoggedIn(endpoint);
    secure.pause();
    let last = -1;
    // Until the buffers of the two connections are full.
    await until(() => {
      const isStill = written > 0 && written === last;
      last = written;
      return isStill;
    });
    expect(written).toBeLessThan(30);
    secure.destroy();
    await until(isEmpty);
  });

  describe('closes', () => {
    const stages: Record<string, () => Promise<unknown>> = {
      'before a first packet': () => dial(endpoint),
      'in the middle of a packet': async () => {
        const socket = await dial(endpoint);
        socket.write(clientPackets[engine].hello.subarray(0, 6));
      },
      'before the TLS handshake': () => dialToTls(endpoint),
      'in the TLS handshake': async () => {
        const socket = await dialToTls(endpoint);
        socket.write(Buffer.of(22, 3, 1, 2, 0, 1));
      },
      'after the TLS handshake': () => dialTls(endpoint),
      'before the token': async () => {
        const secure = await dialTls(endpoint);
        secure.write(clientPackets[engine].hello);
        await once(secure, 'data');
      },
      'with a client that was told no and stays': async () => {
        const secure = await dialTls(endpoint, { allowHalfOpen: true });
        secure.write(clientPackets[engine].hello);
        await once(secure, 'data');
        secure.write(clientPackets[engine].token('nonsense'));
        await once(secure, 'data');
      },
      'with an accepted client': () => dialLoggedIn(endpoint),
    };
    it.each(Object.keys(stages))('%s', async (stage) => {
      await startBefore(await startFakeBackend(engine));
      await stages[stage]?.();
      await until(async () => !(await isEmpty()));
      await endpoint.emulator.close();
      expect(await isListening(endpoint.emulator.port)).toBe(false);
      await until(() => backend?.connections() === 0);
    });

    it.each(['connect', 'tls', 'token-request', 'token'] as const)(
      'while it is silent at %s',
      async (silentAt) => {
        await start({ faults: { silentAt } });
        const login = tryLocalLogin(endpoint);
        await until(async () => !(await isEmpty()));
        if (silentAt === 'token')
          await until(async () => (await lastAttempt())?.tokenAt !== undefined);
        await endpoint.emulator.close();
        expect(await login).not.toBe('accepted');
        expect(await lastAttempt()).toMatchObject({ outcome: 'failed' });
      },
    );

    it('while a backend does not answer', async () => {
      const fake = await startFakeBackend(engine);
      await startBefore(fake);
      fake.behave('silent');
      const login = tryLocalLogin(endpoint);
      await until(() => fake.connections() === 1);
      await endpoint.emulator.close();
      expect(await login).not.toBe('accepted');
      await until(() => fake.connections() === 0);
    });
  });
});

it('tells a client of MySQL that its handshake is bad', async () => {
  const endpoint = await startLocalEndpoint('mysql');
  const socket = await dial(endpoint);
  await once(socket, 'data');
  const answer = once(socket, 'data');
  socket.write(mysqlPacket(1, Buffer.from('GET / HTTP/1.1')));
  const [error] = (await answer) as [Buffer];
  expect(error.readUInt16LE(5)).toBe(1043);
  await endpoint.emulator.close();
  hangUp();
});

it('declines TLS once to a client of PostgreSQL, as that does', async () => {
  const endpoint = await startLocalEndpoint('postgres', { tls: false });
  const socket = await dial(endpoint);
  const answers = [];
  for (let round = 0; round < 2; round += 1) {
    const answer = once(socket, 'data');
    socket.write(clientPackets.postgres.tls);
    answers.push(((await answer) as [Buffer])[0]);
  }
  expect(answers[0]?.toString()).toBe('N');
  expect(parseSqlState(answers[1] ?? Buffer.of())).toBe('0A000');
  await endpoint.emulator.close();
  hangUp();
});
