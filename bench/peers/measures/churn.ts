import { NAMES } from '../contenders';
import { inTurns, rest, rowOf, type Measure } from '../measure';
import { runChild } from '../run-child';
import { seen } from './storms';

const LIMIT = 20;

/** A pool of one connection that is used once: each query logs in, one after the other, as fast as it goes. */
export const churn: Measure = {
  name: 'churn',
  title: 'A login for each query',
  run: async (context) => {
    const { stage, isQuick, say } = context;
    const forMs = isQuick ? 300 : 4_000;
    const name = `pool max 1, maxUses 1, ${forMs / 1_000} s, server accepts ${LIMIT} per second`;
    say(name);
    await stage.emulator.setLimit(LIMIT);
    const medians = await inTurns(context, 3, NAMES, async (contender) => {
      await stage.emulator.clear();
      const { succeeded, failed } = await runChild<'repeat'>(stage, {
        name: 'repeat',
        contender,
        settings: { max: 1, maxUses: 1, limiter: { limit: LIMIT - 1 } },
        task: { target: stage.targetOf(contender, 'one root'), warmUp: 0, forMs },
      });
      await rest();
      return { succeeded, failed, ...(await seen(contender, stage)) };
    });
    return [
      rowOf(`${name}: queries that succeeded`, '', medians, 'succeeded'),
      rowOf(`${name}: queries that failed`, '', medians, 'failed'),
      rowOf(`${name}: most logins in a second`, '', medians, 'peak'),
    ];
  },
};
