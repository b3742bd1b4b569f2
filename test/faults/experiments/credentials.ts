import { failedWith, type Experiment } from '../experiment';
import { CREDENTIALS_TIMEOUT_MS } from '../stage';

/** Waits out what is cached, and as long again. */
const HOLD_MS = 2_000;

/** What happens to AWS credentials. */
export const credentialExperiments: readonly Experiment[] = [
  {
    id: 'credentials-500',
    group: 'Credentials',
    fault: 'The credential endpoint answers 500',
    remedy: 'Nothing, if it recovers; otherwise check the role and the agent that serves it',
    isShort: true,
    run: async ({ credentials, untilCredentialsExpire, wait }) => {
      credentials.set({ status: 500 });
      await untilCredentialsExpire();
      await wait(HOLD_MS);
      credentials.set({ status: 200 });
    },
    errors: ['CredentialsProviderError', 'ERR_IAM_AUTH_CREDENTIALS'],
    queryMs: CREDENTIALS_TIMEOUT_MS + 5_000,
    recoveryMs: 2_000,
    isMet: failedWith('CredentialsProviderError', 'ERR_IAM_AUTH_CREDENTIALS'),
  },
];
