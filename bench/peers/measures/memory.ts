import { NAMES, type Contender } from '../contenders';
import { inTurns, rowOf, type Measure } from '../measure';
import { runChild } from '../run-child';

/** What one more instance, and one more open connection, keep: the difference of two counts, after a collection. */
export const memory: Measure = {
  name: 'memory',
  title: 'Memory',
  run: async (context) => {
    const { stage, isQuick, say } = context;
    say('memory');
    const more = isQuick ? 2 : 60;
    const settle = (contender: Contender, instances: number, connections: number) =>
      runChild<'memory'>(
        stage,
        {
          name: 'memory',
          contender,
          settings: { max: 1, limiter: { limit: 100_000 } },
          task: { target: stage.targetOf(contender, 'default roots'), instances, connections },
        },
        { nodeOptions: ['--expose-gc'] },
      );
    const medians = await inTurns(context, 3, NAMES, async (contender) => {
      const none = await settle(contender, 0, 1);
      const instances = await settle(contender, more, 1);
      const connections = await settle(contender, 0, 1 + more);
      const kB = (bytes: number) => bytes / more / 1_024;
      return {
        instance: kB(instances.heap - none.heap),
        connection: kB(connections.heap - none.heap),
        resident: kB(connections.rss - none.rss),
      };
    });
    return [
      rowOf('one more instance: heap', 'kB', medians, 'instance'),
      rowOf('one more open connection: heap', 'kB', medians, 'connection'),
      rowOf('one more open connection: resident, TLS included', 'kB', medians, 'resident'),
    ];
  },
};
