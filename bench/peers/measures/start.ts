import { NAMES, type Contender } from '../contenders';
import { inTurns, rowOf, type Measure } from '../measure';
import { runChild, runScript } from '../run-child';

const time = (before: string, load: string) =>
  `(async () => { ${before}; const start = performance.now(); ${load}; console.log(performance.now() - start); })()`;
const BEFORE = "require('sequelize'); require('mysql2')";

/** What each loads before an application's own code can use it, on top of the driver and, but for the wrapper, Sequelize. */
const IMPORTS: Partial<Record<Contender, string>> = {
  package: time(BEFORE, "require('sequelize-rds-iam')"),
  hook: time(BEFORE, "require('@aws-sdk/rds-signer')"),
  wrapper: time("require('mysql2')", "await import('aws-advanced-nodejs-wrapper/mysql')"),
};

/** How long an application waits before its first row. */
export const start: Measure = {
  name: 'start',
  title: 'Start',
  run: async (context) => {
    const { stage, say } = context;
    say('import time');
    const rounds = 11;
    const importing = Object.keys(IMPORTS) as Contender[];
    const imports = await inTurns(context, rounds, importing, async (contender) => ({
      ms: Number(await runScript(IMPORTS[contender] ?? '', [], { env: stage.environment })),
    }));
    say('cold start');
    const cold = await inTurns(context, rounds, NAMES, async (contender) => {
      const startedAt = performance.now();
      await runChild<'first'>(stage, {
        name: 'first',
        contender,
        settings: { max: 1, limiter: { limit: 19 } },
        task: { target: stage.targetOf(contender, 'default roots') },
      });
      return { ms: performance.now() - startedAt };
    });
    return [
      rowOf('import, on top of Sequelize and mysql2', 'ms', imports, 'ms'),
      rowOf('cold start: from the start of a process to its first row', 'ms', cold, 'ms'),
    ];
  },
};
