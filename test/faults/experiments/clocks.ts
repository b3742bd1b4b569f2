import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { attemptsEnded, failedWith, type Experiment } from '../experiment';
import { GatedLimiter } from '../gated-limiter';
import { SessionIssuer } from '../session-keys';
import { ACQUIRE_MS, CONNECT_TIMEOUT_MS, type Stage } from '../stage';
import { DENIED } from './sessions';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** More than the 15 minutes that a token lives, and the 5 that a server's clock may be behind. */
const OFF_MS = 20 * MINUTE_MS;
const LIFETIME_MS = 7_000;
const REUSE_MS = 10 * MINUTE_MS;
const HOLD_MS = 3_000;
const STOPPED_MS = 4_000;
/** After failures, the next login begins within a second; this leaves it and its query one more. */
const BACKOFF_MS = 2_000;

const RealDate = Date;
let offsetMs = 0;

/** The machine's clock as it is while an experiment has set it. */
class ShiftedDate extends RealDate {
  constructor(...given: readonly unknown[]) {
    super(...((given.length === 0 ? [ShiftedDate.now()] : given) as [number]));
  }

  static override now(): number {
    return RealDate.now() + offsetMs;
  }
}

/** Sets the wall clock of this process; the monotonic clock goes on. */
function setClock(nextMs: number, { onClose }: Stage): void {
  offsetMs = nextMs;
  globalThis.Date = ShiftedDate as DateConstructor;
  onClose(() => {
    globalThis.Date = RealDate;
  });
}

const setServerClocks = async ({ cluster }: Stage, nextMs: number) => {
  await Promise.all(cluster.all.map(({ emulator }) => emulator.setClockOffset(nextMs)));
};

/** Stops this process, so that it learns nothing until it goes on. Resolves to how long it did nothing. */
async function stop({ wait }: Stage): Promise<number> {
  const { pid } = process;
  const script = `sleep 0.2; kill -STOP ${pid}; sleep ${STOPPED_MS / 1_000}; kill -CONT ${pid}`;
  const child = spawn('/bin/sh', ['-c', script], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const isOver = () => child.exitCode !== null;
  let longestMs = 0;
  for (let last = performance.now(); !isOver();) {
    await Promise.race([ended, wait(50)]);
    longestMs = Math.max(longestMs, performance.now() - last);
    last = performance.now();
  }
  return longestMs;
}

const serverClock = (direction: 'ahead' | 'behind', remedy: string): Experiment => ({
  id: `server-clock-${direction}`,
  group: 'Credentials',
  fault: `The server's clock is 20 minutes ${direction}`,
  remedy,
  run: async (stage) => {
    await setServerClocks(stage, direction === 'ahead' ? OFF_MS : -OFF_MS);
    await stage.wait(HOLD_MS);
    await setServerClocks(stage, 0);
  },
  errors: DENIED,
  queryMs: ACQUIRE_MS,
  recoveryMs: BACKOFF_MS,
  isMet: attemptsEnded(
    ({ reason }) => reason === (direction === 'ahead' ? 'expired' : 'not-yet-valid'),
  ),
});

const machineClock = (direction: 'ahead' | 'back', reuseTokenForMs?: number): Experiment => ({
  id: `machine-clock-${direction}${reuseTokenForMs === undefined ? '' : '-reusing'}`,
  group: 'Credentials',
  fault: `This machine's clock is set ${direction} by 20 minutes${reuseTokenForMs === undefined ? '' : ', with `reuseTokenForMs`'}`,
  remedy: 'Set the clock, for example with chrony and the Amazon Time Sync Service',
  isAlone: true,
  prepare: ({ credentials }) => {
    // Their end is far, so that it is the token that is wrong.
    credentials.set({ expiresInMs: HOUR_MS });
    return { iamAuth: { reuseTokenForMs } };
  },
  run: async (stage) => {
    setClock(direction === 'ahead' ? OFF_MS : -OFF_MS, stage);
    await stage.wait(HOLD_MS);
    setClock(0, stage);
  },
  errors: DENIED,
  queryMs: ACQUIRE_MS,
  recoveryMs: BACKOFF_MS,
  isMet: (seen) =>
    failedWith(...DENIED)(seen) &&
    attemptsEnded(({ reason }) => reason === (direction === 'back' ? 'expired' : 'not-yet-valid'))(
      seen,
    ),
});

const longSleep = (reuseTokenForMs?: number): Experiment => {
  let limiter = new GatedLimiter();
  let sessions = 0;
  return {
    id: reuseTokenForMs === undefined ? 'machine-sleeps' : 'machine-sleeps-reusing',
    group: 'Credentials',
    fault: `This machine sleeps for 20 minutes while connections wait${reuseTokenForMs === undefined ? '' : ', with `reuseTokenForMs`'}`,
    remedy: 'Nothing: what expired meanwhile is not used',
    isAlone: true,
    prepare: (stage) => {
      limiter = new GatedLimiter();
      sessions = 0;
      // A token is reused only while its credentials have a minute left.
      const lifetimeMs = reuseTokenForMs === undefined ? LIFETIME_MS : HOUR_MS;
      const issuer = new SessionIssuer(stage, lifetimeMs);
      const credentials = () => {
        sessions += 1;
        return issuer.issue();
      };
      return { iamAuth: { profile: undefined, credentials, reuseTokenForMs, limiter } };
    },
    run: async (stage) => {
      limiter.shut();
      // The logins that had begun end; others wait for a slot.
      await stage.wait(1_000);
      setClock(OFF_MS, stage);
      await setServerClocks(stage, OFF_MS);
      limiter.open();
    },
    errors: [],
    neverRefusedAs: ['expired', 'credentials-expired'],
    queryMs: 4_000,
    recoveryMs: 0,
    isMet: ({ attempts }) =>
      attempts.flat().length > 0 &&
      (reuseTokenForMs === undefined ? limiter.returned > 0 : sessions === 1),
  };
};

function stopped(): Experiment {
  let stoppedMs = 0;
  return {
    id: 'process-stopped',
    group: 'Process',
    fault: 'The process is stopped for 4 s (`SIGSTOP`, a suspended container)',
    remedy: 'Nothing; give the container more CPU if it happens by throttling',
    isAlone: true,
    prepare: (stage) => {
      const issuer = new SessionIssuer(stage, LIFETIME_MS);
      return { iamAuth: { profile: undefined, credentials: () => issuer.issue() } };
    },
    run: async (stage) => {
      stoppedMs = await stop(stage);
    },
    // Timers that ran out meanwhile fire before the answers are read.
    errors: ['ETIMEDOUT', 'ERR_IAM_AUTH_CREDENTIALS'],
    neverRefusedAs: ['expired', 'credentials-expired'],
    queryMs: STOPPED_MS + CONNECT_TIMEOUT_MS,
    recoveryMs: 0,
    isMet: () => stoppedMs >= STOPPED_MS - 500,
  };
}

/** What happens to clocks, and to a machine that sleeps. */
export const clockExperiments: readonly Experiment[] = [
  serverClock('ahead', 'None at the server, whose clock AWS sets: set the clock of this machine'),
  serverClock('behind', 'None at the server, whose clock AWS sets: set the clock of this machine'),
  machineClock('back'),
  machineClock('back', REUSE_MS),
  machineClock('ahead'),
  machineClock('ahead', REUSE_MS),
  longSleep(),
  longSleep(REUSE_MS),
  stopped(),
];
