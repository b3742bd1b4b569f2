import { DEFAULT_LIMIT } from '../../limiter/contract';
import { poolPreset, poolProblems } from '../../sequelize/pool-preset';
import { pass, warn, type Check } from '../check';

/** Reports how many connections this configuration may open at once, and at which rate they reach the server. */
export const pool: Check = {
  id: 'pool',
  needs: ['config'],
  run: ({ application }) => {
    const { max, acquire, idle } = application.pool;
    const burst = max * application.poolCount + (application.probesVersion ? 1 : 0);
    const limiter = application.options.limiter ?? {};
    const pools = application.poolCount > 1 ? ', two pools' : '';
    const probe = application.probesVersion ? ', one to read the server version' : '';
    const opens = `Up to ${burst} new connections at once (max ${max}${pools}${probe})`;
    if (limiter === false) {
      const summary = `${opens}, without a limit per second`;
      return burst > DEFAULT_LIMIT
        ? warn(summary, 'Remove limiter: false, or lower pool.max')
        : pass(summary);
    }
    if ('acquire' in limiter) return pass(`${opens}, limited by your own limiter`);
    const share = (limiter.limit ?? DEFAULT_LIMIT) / (limiter.processes ?? 1);
    const preset = poolPreset({ limit: share });
    const summary = `${opens}; at most ${Math.round(share * 10) / 10} per second reach the server`;
    const problems = poolProblems(application.pool, limiter);
    if (problems.length === 0) return pass(summary);
    return warn(
      `${summary}; ${problems.join('; ')}`,
      `poolPreset recommends max ${preset.max}, acquire ${preset.acquire}, idle ${preset.idle}; this pool has ${max}, ${acquire}, ${idle}`,
    );
  },
};
