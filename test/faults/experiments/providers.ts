import { ok } from 'node:assert';
import type { IamAuthOptions } from 'sequelize-rds-iam';
import { CREDENTIALS } from '../../harness/rds';
import type { Experiment } from '../experiment';
import { CREDENTIALS_TIMEOUT_MS } from '../stage';

type Provider = Extract<IamAuthOptions['credentials'], (...args: never[]) => unknown>;

const LIFETIME_MS = 7_000;
/** Waits out what is cached, and as long again. */
const HOLD_MS = 2_000;
/** With delays from 50 ms to a second. Without them, a provider that throws was called 300 times a second. */
const MOST_CALLS = 12;
/** A query may have to wait for the call that runs and for the next one. */
const TWO_CALLS_MS = 2 * CREDENTIALS_TIMEOUT_MS + 1_500;

const session = () => ({ ...CREDENTIALS, expiration: new Date(Date.now() + LIFETIME_MS) });

interface Misbehaviour extends Pick<Experiment, 'id' | 'fault' | 'isShort'> {
  readonly remedy?: string;
  /** What the provider does meanwhile: whatever JavaScript lets a function do. */
  readonly provide: () => unknown;
  /** Whether queries succeed all the same. */
  readonly isHarmless?: boolean;
}

/** A provider of the application's own that misbehaves for a while. */
const misbehaving = ({
  provide,
  isHarmless = false,
  remedy = 'Correct the provider; the error contains its reason',
  ...experiment
}: Misbehaviour): Experiment => {
  let calls = 0;
  let current: () => unknown = session;
  return {
    ...experiment,
    group: 'Credentials',
    remedy,
    isAlone: true,
    prepare: () => {
      calls = 0;
      const credentials = (() => current()) as Provider;
      return { iamAuth: { profile: undefined, credentials } };
    },
    run: async ({ untilCredentialsExpire, wait }) => {
      current = () => {
        calls += 1;
        return provide();
      };
      await untilCredentialsExpire();
      await wait(HOLD_MS);
      current = session;
      ok(calls <= MOST_CALLS, `The provider was called ${calls} times`);
    },
    errors: isHarmless ? [] : ['ERR_IAM_AUTH_CREDENTIALS'],
    queryMs: isHarmless ? 3_000 : TWO_CALLS_MS,
    // A call that runs may still fail.
    recoveryMs: isHarmless ? 0 : CREDENTIALS_TIMEOUT_MS,
    isMet: ({ queries }) =>
      calls > 0 && (isHarmless || queries.some(({ error }) => error !== undefined)),
  };
};

/** Settles twice: what comes second counts for nothing. */
const settlingTwice = (second: 'resolve' | 'reject') => ({
  then: (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => {
    resolve(session());
    if (second === 'resolve') resolve({ ...session(), accessKeyId: 'ASIAUNKNOWN' });
    else reject(new Error('too late'));
  },
});

let turn = 0;

/** What an application's own provider of credentials may do. */
export const providerExperiments: readonly Experiment[] = [
  misbehaving({
    id: 'provider-throws',
    fault: 'A credential provider of the application throws',
    isShort: true,
    provide: () => {
      throw new Error('the broker is down');
    },
  }),
  misbehaving({
    id: 'provider-throws-no-error',
    fault: 'A credential provider throws what is no error (`undefined`)',
    provide: () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- as a foreign provider may
      throw undefined;
    },
  }),
  misbehaving({
    id: 'provider-never-settles',
    fault: 'A credential provider never settles',
    remedy: 'Give the provider a time-out of its own, which says what was slow',
    provide: () => new Promise(() => undefined),
  }),
  misbehaving({
    id: 'provider-resolves-twice',
    fault: 'A credential provider returns a thenable that resolves twice, first with good keys',
    remedy: 'Nothing',
    isHarmless: true,
    provide: () => settlingTwice('resolve'),
  }),
  misbehaving({
    id: 'provider-resolves-and-rejects',
    fault: 'A credential provider returns a thenable that resolves and then rejects',
    remedy: 'Nothing',
    isHarmless: true,
    provide: () => settlingTwice('reject'),
  }),
  misbehaving({
    id: 'provider-returns-nothing',
    fault: 'A credential provider returns nothing',
    provide: () => undefined,
  }),
  misbehaving({
    id: 'provider-wrong-type',
    fault: 'A credential provider returns keys of a wrong type',
    provide: () => ({ ...session(), secretAccessKey: 42 }),
  }),
  misbehaving({
    id: 'provider-no-date',
    fault: 'A credential provider returns its `expiration` as text',
    provide: () => ({ ...session(), expiration: '2030-01-01T00:00:00Z' }),
  }),
  misbehaving({
    id: 'provider-takes-turns',
    fault: 'A credential provider fails every other time',
    provide: () => {
      turn += 1;
      if (turn % 2 === 1) throw new Error('the broker is busy');
      return session();
    },
  }),
];
