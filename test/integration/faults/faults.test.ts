import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cells } from '../../harness/cells';
import { EXPERIMENTS } from '../../faults/experiments';
import { pageOfResults, readResults } from '../../faults/report';
import { runCell } from '../../faults/run-cell';
import { APPLICATIONS } from '../../faults/soak-cell';
import { soakChart } from '../../faults/soak-chart';
import { chartOf, pageOfSoaks, readSoaks } from '../../faults/soak-report';

const SHORT = EXPERIMENTS.filter(({ isShort }) => isShort).map(({ id }) => id);

it.concurrent.each(APPLICATIONS)(
  'keeps its promises through a minute of faults: %s',
  async (cell) => {
    const rows = await runCell({ cell, experiments: SHORT }, () => undefined);

    expect(rows.filter(({ complaints }) => complaints.length > 0)).toEqual([]);
    expect(rows.map(({ experiment }) => experiment)).toEqual(SHORT);
  },
  180_000,
);

const read = (name: string) => readFileSync(join(__dirname, '../../../docs', name), 'utf8');
/** Prettier, which aligns the tables, does not run in Jest. */
const unaligned = (page: string) => page.replace(/ {2,}/g, ' ').replace(/-{4,}/g, '---').trim();

describe('docs/faults.md', () => {
  it('has a result of each experiment, from each cell that it is for', async () => {
    const documented = await readResults();

    expect(documented.map(({ id, measured }) => ({ id, measured: Object.keys(measured) }))).toEqual(
      EXPERIMENTS.map(({ id, cells: isFor = () => true }) => ({
        id,
        measured: cells.filter(isFor).map(({ name }) => name),
      })),
    );
  });

  it('shows the results in the words of the experiments', async () => {
    expect(unaligned(read('faults.md'))).toBe(unaligned(await pageOfResults()));
  });
});

describe('docs/soak.md', () => {
  it('has an hour of each application, in which each failure was explained', async () => {
    const soaks = await readSoaks();

    expect(soaks).toMatchObject(
      APPLICATIONS.map((cell) => ({ cell, minutes: 60, unexplained: [] })),
    );
    for (const { rounds } of soaks) {
      const { atMs = 0, tookMs = 0 } = rounds.at(-1) ?? {};

      expect(atMs + tookMs).toBeGreaterThanOrEqual(60 * 60_000);
      expect(Math.max(...rounds.map(({ peak }) => peak))).toBeLessThanOrEqual(19);
    }
  });

  it('shows the figures, and so do its charts', async () => {
    const soaks = await readSoaks();

    expect(unaligned(read('soak.md'))).toBe(unaligned(pageOfSoaks(soaks)));
    for (const soak of soaks) expect(read(chartOf(soak))).toBe(soakChart(soak));
  });
});
