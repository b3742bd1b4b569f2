import { IAM_NAMES, NAMES, type Contender, type PeerTarget } from '../contenders';
import { inTurns, rest, rowOf, type Measure, type MeasureContext, type Row } from '../measure';
import { runChild } from '../run-child';
import { seen } from './storms';

const NO_LIMIT = { limit: 100_000 };
const LIMIT = 20;
const CONNECTIONS_EACH = 25;
/** Connections to all hosts together. */
const SPREAD = 100;

/** Whether the cost of a connection stays what it is as applications grow. */
export const growth: Measure = {
  name: 'growth',
  title: 'Growth',
  run: async (context) => {
    const { isQuick } = context;
    const rows: Row[] = [];
    for (const max of isQuick ? [3] : [10, 100, 500]) rows.push(...(await pool(context, max)));
    const hosts = await context.stage.startHosts(isQuick ? 2 : 50);
    for (const count of isQuick ? [2] : [1, 10, 50])
      rows.push(...(await manyHosts(context, hosts.slice(0, count))));
    // Last, because they leave the server its limit.
    for (const count of isQuick ? [2] : [1, 4]) rows.push(...(await processes(context, count)));
    return rows;
  },
};

async function pool(context: MeasureContext, max: number): Promise<Row[]> {
  const { stage, say } = context;
  const name = `pool of ${max}, all opened at once`;
  say(name);
  const medians = await inTurns(context, 3, NAMES, (contender) =>
    costOf(context, contender, max, [stage.targetOf(contender, 'one root')]),
  );
  return [
    rowOf(`${name}: time of each`, 'ms', medians, 'wall'),
    rowOf(`${name}: CPU time of each`, 'ms', medians, 'cpu'),
  ];
}

async function manyHosts(context: MeasureContext, targets: readonly PeerTarget[]): Promise<Row[]> {
  const { isQuick, say } = context;
  // As many in all, however many hosts: of a few connections, what a process does once would be most of the cost.
  const each = isQuick ? 1 : SPREAD / targets.length;
  const hosts = targets.length === 1 ? '1 host' : `${targets.length} hosts`;
  const name = `${each * targets.length} connections over ${hosts}`;
  say(name);
  const medians = await inTurns(context, 3, IAM_NAMES, (contender) =>
    costOf(context, contender, each, targets),
  );
  return [rowOf(`${name}: CPU time of each`, 'ms', medians, 'cpu')];
}

async function costOf(
  { stage, say }: MeasureContext,
  contender: Contender,
  max: number,
  targets: readonly PeerTarget[],
) {
  const result = await runChild<'open'>(stage, {
    name: 'open',
    contender,
    settings: { max, limiter: NO_LIMIT },
    task: { targets, isWarm: true },
  });
  const count = max * targets.length;
  // On a slow machine, the driver's timeout may end before a large pool is open: that is no cost to compare.
  if (result.failed > 0) {
    say(`${result.failed} of ${contender} failed: ${result.errors.join(', ')}`);
    return { wall: NaN, cpu: NaN };
  }
  return { wall: result.wallMs / count, cpu: result.cpuMs / count };
}

async function processes(context: MeasureContext, count: number): Promise<Row[]> {
  const { stage, isQuick, say } = context;
  const each = isQuick ? 2 : CONNECTIONS_EACH;
  const name = `${count === 1 ? '1 process' : `${count} processes`} of ${each} connections, server accepts ${LIMIT} per second`;
  say(name);
  await stage.emulator.setLimit(LIMIT);
  const medians = await inTurns(context, 3, IAM_NAMES, async (contender) => {
    await stage.emulator.clear();
    const run = () =>
      runChild<'open'>(stage, {
        name: 'open',
        contender,
        settings: { max: each, limiter: { limit: LIMIT - 1, processes: count } },
        task: { targets: [stage.targetOf(contender, 'one root')], isWarm: false },
      });
    const results = await Promise.all(Array.from({ length: count }, run));
    await rest();
    return {
      succeeded: results.reduce((sum, { succeeded }) => sum + succeeded, 0),
      seconds: Math.max(...results.map(({ lastSuccessMs }) => lastSuccessMs)) / 1_000,
      ...(await seen(contender, stage)),
    };
  });
  return [
    rowOf(`${name}: queries that succeeded`, '', medians, 'succeeded'),
    rowOf(`${name}: most logins in a second`, '', medians, 'peak'),
    rowOf(`${name}: until the last success`, 's', medians, 'seconds'),
  ];
}
