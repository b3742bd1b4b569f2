import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cells } from '../../harness/cells';
import { EXPERIMENTS } from '../../faults/experiments';
import { pageOfResults, readResults } from '../../faults/report';
import { runCell } from '../../faults/run-cell';

/** One cell of each dialect, with both major versions of Sequelize and both layouts. */
const CELLS = [
  'Sequelize 6, mysql, replication',
  'Sequelize 7, mariadb, one host',
  'Sequelize 7, postgres, replication',
];
const SHORT = EXPERIMENTS.filter(({ isShort }) => isShort).map(({ id }) => id);

it.concurrent.each(CELLS)(
  'keeps its promises through a minute of faults: %s',
  async (cell) => {
    const rows = await runCell({ cell, experiments: SHORT }, () => undefined);

    expect(rows.filter(({ complaints }) => complaints.length > 0)).toEqual([]);
    expect(rows.map(({ experiment }) => experiment)).toEqual(SHORT);
  },
  180_000,
);

describe('docs/faults.md', () => {
  const read = (name: string) => readFileSync(join(__dirname, '../../../docs', name), 'utf8');

  it('has a result of each experiment, from cells that it is for', async () => {
    const documented = await readResults();

    expect(documented.map(({ id }) => id)).toEqual(EXPERIMENTS.map(({ id }) => id));
    for (const { id, cells: isFor = () => true } of EXPERIMENTS) {
      const measured = Object.keys(documented.find((result) => result.id === id)?.measured ?? {});
      expect({ id, measured: measured.length > 0 }).toEqual({ id, measured: true });
      expect(cells.filter(isFor).map(({ name }) => name)).toEqual(expect.arrayContaining(measured));
    }
  });

  it('shows the results in the words of the experiments', async () => {
    // Prettier, which aligns the tables, does not run in Jest.
    const unaligned = (page: string) => page.replace(/ {2,}/g, ' ').replace(/-{4,}/g, '---').trim();

    expect(unaligned(read('faults.md'))).toBe(unaligned(await pageOfResults()));
  });
});
