import { ok } from 'node:assert';
import type { Experiment } from '../experiment';
import { GROWTH_BYTES, growthOf, measureMemory } from '../memory';

const CONNECTIONS = 2_000;

/** What many connections leave behind. */
export const memoryExperiments: readonly Experiment[] = [
  {
    id: 'process-memory',
    group: 'Process',
    isAlone: true,
    fault: '2,000 connections are opened and closed without a limiter',
    remedy: 'Nothing: the heap does not grow with them, nor [with 100,000](memory.md)',
    run: async ({ cell }) => {
      const sizes = await measureMemory(cell, CONNECTIONS);
      const opened = sizes.at(-1)?.connections ?? 0;
      ok(opened >= CONNECTIONS, `Only ${opened} connections were opened`);
      const grown = growthOf(sizes);
      ok(grown <= GROWTH_BYTES, `The heap has grown by ${grown} bytes: ${JSON.stringify(sizes)}`);
    },
    // The application beside it notices nothing but a machine at work.
    errors: [],
    queryMs: 3_000,
    recoveryMs: 0,
    // `run` throws unless it was met.
    isMet: ({ queries }) => queries.length > 0,
  },
];
