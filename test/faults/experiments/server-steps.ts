import type { LoginStep } from 'rds-iam-emulator';
import type { Cell } from '../../harness/cells';
import { failedWith, type Experiment } from '../experiment';
import { ACQUIRE_MS, CONNECT_TIMEOUT_MS } from '../stage';

const HOLD_MS = 3_000;

/** When a server may break a login off, in words, and on which engine only. */
const STEPS: readonly {
  readonly step: LoginStep;
  readonly when: string;
  readonly isFor?: (cell: Cell) => boolean;
}[] = [
  { step: 'connect', when: 'before it greets' },
  {
    step: 'greeting',
    when: 'after its greeting',
    isFor: ({ dialect }) => dialect !== 'postgres',
  },
  {
    step: 'startup',
    when: "after the client's first packet",
    isFor: ({ dialect }) => dialect === 'postgres',
  },
  { step: 'tls', when: 'in the TLS handshake' },
  { step: 'token-request', when: 'in place of asking for the token' },
  { step: 'token', when: 'when it has the token' },
];

const shared = ({ isFor }: (typeof STEPS)[number]) => ({
  group: 'Server' as const,
  ...(isFor && { cells: isFor }),
  queryMs: ACQUIRE_MS + 1_500,
});

/** Logins that are reset, or stand still, at each of their steps. */
export const stepExperiments: readonly Experiment[] = [
  ...STEPS.map((at): Experiment => ({
    ...shared(at),
    id: `server-reset-${at.step}`,
    // MariaDB's connector would end the process there.
    isShort: at.step === 'tls',
    fault: `The server resets each login ${at.when}`,
    remedy:
      'Check the tunnel, and what stands between; then the memory and the log of the instance',
    run: async ({ setFaults, wait }) => {
      await setFaults({ resetAt: at.step });
      await wait(HOLD_MS);
      await setFaults();
    },
    errors: ['ECONNRESET'],
    recoveryMs: 1_500,
    isMet: failedWith('ECONNRESET'),
  })),
  ...STEPS.map((at): Experiment => ({
    ...shared(at),
    id: `server-silent-${at.step}`,
    fault: `The server falls silent in each login ${at.when}`,
    remedy: 'Check the memory and the load of the instance; fail over, if it does not recover',
    run: async ({ setFaults, wait }) => {
      await setFaults({ silentAt: at.step });
      await wait(HOLD_MS);
      await setFaults();
    },
    errors: ['ETIMEDOUT'],
    recoveryMs: CONNECT_TIMEOUT_MS + 1_500,
    isMet: failedWith('ETIMEDOUT'),
  })),
];
