import { messageOf } from '../../errors';
import { SET_CLOCK } from '../../explanations/known-error';
import { fail, pass, regionOf, skip, warn, type Check, type Finding } from '../check';
import { askSts, MAX_SKEW_MS, stsUrl } from '../sts';

const NOTABLE_SKEW_MS = 30_000;

/** Compares this machine's clock, which dates the token, with the Date header of AWS STS. */
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
      if (answer.kind === 'not-sts') {
        return skip(
          `The server at ${hostname} is not AWS STS (${answer.what}), so its time is ignored`,
        );
      }
      return skewMs === undefined
        ? skip(`${hostname} returned no time`)
        : rateSkew(skewMs, hostname);
    } catch (error) {
      const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
      return skip(`${hostname} cannot be reached: ${messageOf(reason)}`);
    }
  },
};

function rateSkew(skewMs: number, hostname: string): Finding {
  const seconds = Math.round(skewMs / 1_000);
  const summary = `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} ${hostname}`;
  // The header counts whole seconds.
  if (Math.abs(seconds) <= 2) return pass(`In sync with ${hostname}`);
  if (Math.abs(skewMs) >= MAX_SKEW_MS) return fail(summary, SET_CLOCK);
  return Math.abs(skewMs) >= NOTABLE_SKEW_MS ? warn(summary, SET_CLOCK) : pass(summary);
}
