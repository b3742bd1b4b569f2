import { inspect } from 'node:util';
import type { AwsCredentials } from 'sequelize-rds-iam';
import { countBy } from 'rds-iam-emulator';
import { CREDENTIALS, outcomes, startRds, times, USERNAME, type Rds } from '../../harness/rds';

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 0, 1, 12);
const { secretAccessKey, sessionToken } = CREDENTIALS;

let rds: Rds;
/** The wall clock of the client, which a test sets: tokens of one second are the same, and those of another differ. */
async function setWallClock(time: number): Promise<void> {
  jest.setSystemTime(time);
  await rds.emulator.setClockOffset(time - realNow());
}
const realNow = () => performance.timeOrigin + performance.now();

beforeEach(async () => {
  rds = await startRds({ record: true });
  jest.useFakeTimers({
    now: START,
    doNotFake: [
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
      'setTimeout',
      'clearTimeout',
    ],
  });
  await setWallClock(START);
});
afterEach(async () => {
  jest.useRealTimers();
  await rds.close();
});

/** An application each of whose queries opens a connection of its own, and what its log says of tokens. */
function connect(
  given: { reuseTokenForMs?: number; credentials?: AwsCredentials; max?: number } = {},
) {
  const { max = 1, ...iamAuth } = given;
  const lines: string[] = [];
  const { sequelize, iam } = rds.connect({
    sequelize: { databaseVersion: '8.0.36', pool: { max, maxUses: 1 } },
    iamAuth: {
      logger: { debug: (line) => lines.push(line), warn: () => undefined },
      ...iamAuth,
    },
  });
  return {
    sequelize,
    iam,
    query: () => sequelize.query('SELECT 1'),
    lines: (word: 'Signed' | 'Reused') =>
      lines.filter((line) => line.startsWith(`${word} a token`)),
  };
}

/** The signature of each login that the server received. */
async function signatures(): Promise<string[]> {
  const received = await rds.emulator.received();
  return [...received.matchAll(/X-Amz-Signature=([0-9a-f]{64})/g)].map(([, found = '']) => found);
}

const accepted = async () => countBy(await rds.emulator.attempts(), 'outcome').accepted;

describe('with reuseTokenForMs', () => {
  it('15 connections, 5 of them at once, cost 1 signature, and all log in', async () => {
    const { query, lines, iam } = connect({ reuseTokenForMs: 14 * MINUTE_MS, max: 5 });

    const { errors } = await outcomes(times(5, query));
    await setWallClock(START + MINUTE_MS);
    for (const open of times(10, () => query)) await open();

    expect(errors).toEqual([]);
    expect(await accepted()).toBe(15);
    expect(iam.stats.accepted).toBe(15);
    expect(lines('Signed')).toHaveLength(1);
    expect(lines('Reused')).toHaveLength(14);
    expect(lines('Reused')[0]).toMatch(
      `Reused a token for ${USERNAME}@${rds.hostname}:3306 (ap-northeast-1) after `,
    );
    const received = await signatures();
    expect(received).toHaveLength(15);
    expect(new Set(received).size).toBe(1);
  });

  it('a token is left after its time, while the server takes no older one', async () => {
    const { query, lines } = connect({ reuseTokenForMs: 14 * MINUTE_MS });

    for (const minutes of [0, 13, 16, 29, 45]) {
      await setWallClock(START + minutes * MINUTE_MS);
      await query();
    }

    expect(await accepted()).toBe(5);
    expect(lines('Signed')).toHaveLength(3);
    const [first, second, third, fourth, fifth] = await signatures();
    expect([second, fourth]).toEqual([first, third]);
    expect(new Set([first, third, fifth]).size).toBe(3);
  });

  it('a token that was denied is not used again', async () => {
    const { query, lines, iam } = connect({ reuseTokenForMs: 14 * MINUTE_MS });
    await query();
    await query();
    await rds.emulator.setFaults({ deny: true });
    await expect(query()).rejects.toMatchObject({ name: 'SequelizeAccessDeniedError' });
    await rds.emulator.setFaults({});
    await setWallClock(START + 2_000);
    await query();
    await query();

    expect(iam.stats).toMatchObject({ accepted: 4, denied: 1 });
    expect(lines('Signed')).toHaveLength(2);
    const [first, second, denied, fourth, fifth] = await signatures();
    expect([second, denied]).toEqual([first, first]);
    expect(fourth).not.toBe(first);
    expect(fifth).toBe(fourth);
  });

  it('a token does not outlive its credentials', async () => {
    const expiresInMs = 5 * MINUTE_MS;
    const keyId = (generation: number) => `ASIAGENERATION${generation}`;
    const known = (generation: number, expiresAt: number) => ({
      [keyId(generation)]: { secretAccessKey, sessionToken, expiresAt },
    });
    await rds.emulator.setCredentials({
      ...known(1, START + expiresInMs),
      ...known(2, START + 2 * expiresInMs),
    });
    let generation = 0;
    const { query, lines } = connect({
      reuseTokenForMs: 14 * MINUTE_MS,
      credentials: () =>
        Promise.resolve({
          accessKeyId: keyId((generation += 1)),
          secretAccessKey,
          sessionToken,
          expiration: new Date(Date.now() + expiresInMs),
        }),
    });

    for (const minutes of [0, 3, 6]) {
      await setWallClock(START + minutes * MINUTE_MS);
      await query();
    }

    expect(await accepted()).toBe(3);
    expect(generation).toBe(2);
    expect(lines('Signed')).toHaveLength(2);
    expect(new Set(await signatures()).size).toBe(2);
  });

  it('the token is shown to nobody who prints the instance or the handle', async () => {
    const { query, sequelize, iam } = connect({ reuseTokenForMs: 14 * MINUTE_MS });
    await query();

    const [signature = ''] = await signatures();
    expect(signature).not.toBe('');
    for (const printed of [
      inspect(sequelize, { depth: null, showHidden: true }),
      inspect(iam, { depth: null, showHidden: true }),
      JSON.stringify(iam),
    ]) {
      expect(printed).not.toContain(signature);
      expect(printed).not.toContain('X-Amz');
    }
  });
});

it('without it, each connection signs its own token', async () => {
  const { query, lines } = connect();

  for (const seconds of [0, 2, 4]) {
    await setWallClock(START + seconds * 1_000);
    await query();
  }

  expect(await accepted()).toBe(3);
  expect(lines('Signed')).toHaveLength(3);
  expect(lines('Reused')).toEqual([]);
  expect(new Set(await signatures()).size).toBe(3);
});

it.each([900_000, 0, '5 min'])(
  'of %p is refused before the first connection',
  (reuseTokenForMs) => {
    const given = { reuseTokenForMs } as { reuseTokenForMs: number };

    expect(() => connect(given)).toThrow(
      /^iamAuth\.reuseTokenForMs must be a number above 0 and at most 840000, .*leave it out/,
    );
  },
);
