import { countBy, peakPerSecond } from 'rds-iam-emulator';
import { NAMES, type Contender } from '../contenders';
import { inTurns, rest, rowOf, type Measure, type MeasureContext, type Row } from '../measure';
import { runChild } from '../run-child';

/** Logins at once, and the limit at the server. */
const STORMS = [
  { logins: 100, limit: 20, rounds: 3 },
  { logins: 1_000, limit: 20, rounds: 1 },
  { logins: 100, limit: 200, rounds: 3 },
  { logins: 1_000, limit: 200, rounds: 3 },
] as const;

/** All connections of a large pool are wanted at once. */
export const storms: Measure = {
  name: 'storms',
  title: 'Logins at once',
  run: async (context) => {
    const chosen = context.isQuick ? [{ logins: 3, limit: 20, rounds: 1 }] : STORMS;
    const rows: Row[] = [];
    for (const storm of chosen) rows.push(...(await measure(storm, context)));
    return rows;
  },
};

async function measure(
  { logins, limit, rounds }: { logins: number; limit: number; rounds: number },
  context: MeasureContext,
): Promise<Row[]> {
  const { stage, say } = context;
  const name = `${logins.toLocaleString('en')} at once, server accepts ${limit} per second`;
  say(name);
  await stage.emulator.setLimit(limit);
  const run = async (contender: Contender) => {
    await stage.emulator.clear();
    const { succeeded, lastSuccessMs } = await runChild<'open'>(stage, {
      name: 'open',
      contender,
      settings: { max: logins, limiter: { limit: limit - 1 } },
      task: { targets: [stage.targetOf(contender, 'one root')], isWarm: false },
    });
    await rest();
    return { succeeded, seconds: lastSuccessMs / 1_000, ...(await seen(contender, stage)) };
  };
  const medians = await inTurns(context, rounds, NAMES, run);
  return [
    rowOf(`${name}: queries that succeeded`, '', medians, 'succeeded'),
    rowOf(`${name}: logins denied`, '', medians, 'denied'),
    rowOf(`${name}: most logins in a second`, '', medians, 'peak'),
    rowOf(`${name}: until the last success`, 's', medians, 'seconds'),
  ];
}

/** What the endpoint saw. Password login does not pass it. */
export async function seen(
  contender: Contender,
  { emulator }: MeasureContext['stage'],
): Promise<{ denied: number; peak: number }> {
  if (contender === 'password') return { denied: NaN, peak: NaN };
  const attempts = await emulator.attempts();
  const { throttled = 0, denied = 0 } = countBy(attempts, 'outcome');
  return { denied: throttled + denied, peak: peakPerSecond(attempts) };
}
