import { messageOf } from '../../errors';
import { fail, pass, regionOf, skip, warn, type Check, type Finding } from '../check';
import { askSts, stsUrl } from '../sts';

/** AWS's own limit of skew for most of its services; it publishes none for RDS. */
const MAX_SKEW_MS = 300_000;
const NOTED_SKEW_MS = 30_000;
const FIX =
  'Set the clock of this machine, for instance with chrony and the Amazon Time Sync Service';

/** This machine's clock against the Date header of AWS STS: a token is dated by it. */
export const clock: Check = {
  id: 'clock',
  needs: ['config'],
  run: async (context) => {
    const region = regionOf(context);
    if (region === undefined) return skip('needs region');
    let hostname = 'AWS STS';
    try {
      ({ hostname } = stsUrl(region));
      const { answer, skewMs } = await (context.sts ??= askSts(region));
      if (answer.kind === 'stranger') {
        return skip(
          `What answers at ${hostname} is not AWS STS (${answer.what}): its time says nothing`,
        );
      }
      return skewMs === undefined ? skip(`${hostname} told no time`) : judge(skewMs, hostname);
    } catch (error) {
      const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
      return skip(`${hostname} cannot be asked from here: ${messageOf(reason)}`);
    }
  },
};

function judge(skewMs: number, hostname: string): Finding {
  const seconds = Math.round(skewMs / 1_000);
  const summary = `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} ${hostname}`;
  // The header counts whole seconds.
  if (Math.abs(seconds) <= 2) return pass(`In time with ${hostname}`);
  if (Math.abs(skewMs) >= MAX_SKEW_MS) return fail(summary, FIX);
  return Math.abs(skewMs) >= NOTED_SKEW_MS ? warn(summary, FIX) : pass(summary);
}
