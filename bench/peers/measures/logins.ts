import { IAM_NAMES, NAMES, type Contender } from '../contenders';
import {
  checkAllSucceeded,
  inTurns,
  rowOf,
  type Measure,
  type MeasureContext,
  type Row,
} from '../measure';
import { runChild } from '../run-child';

interface Variant {
  readonly name: string;
  readonly roots: 'one root' | 'default roots';
  readonly driver?: 'mysql2-floor';
  readonly contenders: readonly Contender[];
}

const VARIANTS: readonly Variant[] = [
  { name: 'one root', roots: 'one root', contenders: NAMES },
  { name: 'default roots', roots: 'default roots', contenders: IAM_NAMES },
  {
    name: 'default roots, mysql2 3.9.8',
    roots: 'default roots',
    driver: 'mysql2-floor',
    contenders: ['package', 'hook', 'cached'],
  },
];

/** What a login costs the application when nothing makes it wait. */
export const logins: Measure = {
  name: 'logins',
  title: 'Cost of a login without waiting',
  run: async (context) => {
    const rows: Row[] = [];
    for (const variant of VARIANTS) rows.push(...(await measure(variant, context)));
    return rows;
  },
};

async function measure(
  { name, roots, driver, contenders }: Variant,
  context: MeasureContext,
): Promise<Row[]> {
  const { stage, isQuick, say } = context;
  say(`logins, ${name}`);
  const [count, warmUp] = isQuick ? [3, 1] : [120, 30];
  const medians = await inTurns(context, 7, contenders, async (contender) => {
    const result = await runChild<'repeat'>(stage, {
      name: 'repeat',
      contender,
      settings: { max: 1, maxUses: 1, limiter: { limit: 100_000 }, ...(driver && { driver }) },
      task: { target: stage.targetOf(contender, roots), warmUp, count },
    });
    checkAllSucceeded(contender, result);
    return { wall: result.wallMs / count, cpu: result.cpuMs / count };
  });
  return [
    rowOf(`${name}: time of a login`, 'ms', medians, 'wall'),
    rowOf(`${name}: CPU time of a login`, 'ms', medians, 'cpu'),
  ];
}
