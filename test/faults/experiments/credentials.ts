import { failedWith, type Experiment, type Seen } from '../experiment';
import { CREDENTIALS_TIMEOUT_MS, type Stage } from '../stage';

type Credentials = Stage['credentials'];

/** Waits out what is cached, and as long again. */
const HOLD_MS = 2_000;
const SLOW_MS = 1_500;
const LIFETIME_MS = 7_000;
/** A query may have to wait for the request that runs and for the next one. */
const TWO_REQUESTS_MS = 2 * CREDENTIALS_TIMEOUT_MS + 1_500;

/** The codes of what a provider threw, and of the package's own reasons. */
const NO_CREDENTIALS = ['CredentialsProviderError', 'ERR_IAM_AUTH_CREDENTIALS'];

interface EndpointFault extends Pick<Experiment, 'id' | 'fault' | 'remedy' | 'isShort'> {
  readonly begin: (credentials: Credentials) => unknown;
  readonly end: (credentials: Credentials) => unknown;
}

/** Nobody gets credentials meanwhile. */
const outage = ({ begin, end, ...experiment }: EndpointFault): Experiment => ({
  ...experiment,
  group: 'Credentials',
  run: async ({ credentials, untilCredentialsExpire, wait }) => {
    await begin(credentials);
    await untilCredentialsExpire();
    await wait(HOLD_MS);
    await end(credentials);
  },
  errors: NO_CREDENTIALS,
  queryMs: TWO_REQUESTS_MS,
  // A request that runs may still fail.
  recoveryMs: CREDENTIALS_TIMEOUT_MS,
  isMet: failedWith(...NO_CREDENTIALS),
});

const SERVICE = 'Nothing, if it recovers; otherwise check the role and the agent that serves it';
const ROUTE = 'Nothing, if it recovers; otherwise check the agent, and the route to it';

/** What happens to AWS credentials at their source. */
export const credentialExperiments: readonly Experiment[] = [
  outage({
    id: 'credentials-500',
    fault: 'The credential endpoint answers 500',
    remedy: SERVICE,
    isShort: true,
    begin: (credentials) => credentials.set({ status: 500 }),
    end: (credentials) => credentials.set({ status: 200 }),
  }),
  outage({
    id: 'credentials-garbage',
    fault: 'The credential endpoint answers with a web page',
    remedy: 'Find the proxy that answers in its place, and exempt the endpoint (`NO_PROXY`)',
    begin: (credentials) => credentials.set({ garbage: true }),
    end: (credentials) => credentials.set({ garbage: false }),
  }),
  outage({
    id: 'credentials-empty',
    fault: 'The credential endpoint answers with nothing',
    remedy: SERVICE,
    begin: (credentials) => credentials.set({ empty: true }),
    end: (credentials) => credentials.set({ empty: false }),
  }),
  outage({
    id: 'credentials-hang',
    fault: 'The credential endpoint does not answer',
    remedy: ROUTE,
    begin: (credentials) => credentials.set({ hang: true }),
    end: (credentials) => credentials.set({ hang: false }),
  }),
  outage({
    id: 'credentials-refused',
    fault: 'The credential endpoint refuses connections',
    remedy: ROUTE,
    begin: (credentials) => credentials.refuse(),
    end: (credentials) => credentials.accept(),
  }),
  outage({
    id: 'credentials-expired',
    fault: 'The credential endpoint hands out credentials that have expired',
    remedy: 'Restart the agent that serves them; check the clock of this machine',
    begin: (credentials) => credentials.set({ expiresInMs: -60_000 }),
    end: (credentials) => credentials.set({ expiresInMs: LIFETIME_MS }),
  }),
  {
    id: 'credentials-slow',
    group: 'Credentials',
    fault: 'The credential endpoint takes 1.5 s for each answer',
    remedy: 'Nothing; above `credentialsTimeoutMs`, queries fail',
    run: async ({ credentials, untilCredentialsExpire, wait }) => {
      credentials.set({ delayMs: SLOW_MS });
      await untilCredentialsExpire();
      await wait(HOLD_MS);
      credentials.set({ delayMs: 0 });
    },
    errors: [],
    queryMs: SLOW_MS + 2_000,
    recoveryMs: 0,
    isMet: ({ queries }: Seen) =>
      queries.some(({ startedAt, endedAt }) => endedAt - startedAt > SLOW_MS / 2),
  },
];
