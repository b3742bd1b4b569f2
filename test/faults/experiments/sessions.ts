import { attemptsEnded, failedWith, type Experiment } from '../experiment';
import { GatedLimiter } from '../gated-limiter';
import { SessionIssuer } from '../session-keys';
import { ACQUIRE_MS, type Stage } from '../stage';

/** What a login is denied with, by each driver. */
export const DENIED = ['ER_ACCESS_DENIED_ERROR', '28000'];

const LIFETIME_MS = 7_000;
/** The package stops to sign with credentials 5 s before their end. */
const MARGIN_MS = 5_000;
const HOUR_MS = 3_600_000;
/** The shortest time between two requests for credentials after denials. */
const ASK_AGAIN_MS = 10_000;
const HOLD_MS = 4_000;

/** Calls it now and then each second, until the returned function is called. */
function everySecond(act: () => Promise<void>): () => Promise<void> {
  let last = act();
  const timer = setInterval(() => {
    last = last.then(act);
  }, 1_000);
  return async () => {
    clearInterval(timer);
    await last;
  };
}

/** Lets the credential endpoint hand out a new session's keys. */
async function rotate(issuer: SessionIssuer, { credentials }: Stage): Promise<void> {
  const { accessKeyId, secretAccessKey, sessionToken } = await issuer.issue();
  credentials.set({ credentials: { accessKeyId, secretAccessKey, sessionToken } });
}

function expireInWait(): Experiment {
  let limiter = new GatedLimiter();
  return {
    id: 'credentials-expire-in-wait',
    group: 'Credentials',
    fault: 'Credentials expire while connections wait for a slot',
    remedy: 'Nothing: they get others before they sign',
    isAlone: true,
    prepare: (stage) => {
      limiter = new GatedLimiter();
      // The endpoints refuse what is signed half a second after the package must have stopped to.
      const issuer = new SessionIssuer(stage, LIFETIME_MS, MARGIN_MS - 500);
      return {
        iamAuth: { profile: undefined, credentials: () => issuer.issue(), limiter },
      };
    },
    run: async ({ wait }) => {
      limiter.shut();
      await wait(LIFETIME_MS - MARGIN_MS + 1_000);
      limiter.open();
    },
    errors: [],
    neverRefusedAs: ['credentials-expired'],
    queryMs: ACQUIRE_MS,
    recoveryMs: 0,
    isMet: () => limiter.returned > 0,
  };
}

/** What happens to sessions of a role while an application uses them. */
export const sessionExperiments: readonly Experiment[] = [
  expireInWait(),
  {
    id: 'credentials-rotate',
    group: 'Credentials',
    fault: 'The credential endpoint has new keys each second, and the old ones end',
    remedy: 'Nothing: new connections use the new keys',
    isAlone: true,
    run: async (stage) => {
      const issuer = new SessionIssuer(stage, LIFETIME_MS);
      const stop = everySecond(() => rotate(issuer, stage));
      await stage.wait(HOLD_MS);
      await stop();
    },
    errors: [],
    queryMs: 3_000,
    recoveryMs: 0,
    isMet: ({ credentialRequests }) => credentialRequests > 1,
  },
  {
    id: 'credentials-revoked',
    group: 'Credentials',
    fault:
      'AWS revokes the session that the package holds, and the credential endpoint has another',
    remedy: 'Nothing: the package asks for credentials again, 10 s after the last time',
    isAlone: true,
    prepare: ({ credentials }) => {
      credentials.set({ expiresInMs: HOUR_MS });
      return {};
    },
    run: async (stage) => {
      const issuer = new SessionIssuer(stage, HOUR_MS);
      await issuer.revoke();
      await rotate(issuer, stage);
    },
    errors: DENIED,
    queryMs: ACQUIRE_MS,
    recoveryMs: ASK_AGAIN_MS + 2_000,
    isMet: (seen) =>
      failedWith(...DENIED)(seen) && attemptsEnded(({ reason }) => reason === 'unknown-key')(seen),
  },
];
