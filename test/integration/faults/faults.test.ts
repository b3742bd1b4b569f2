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

  it('has a result of each experiment in each of its cells', async () => {
    const documented = await readResults();

    expect(documented.map(({ id, measured }) => [id, Object.keys(measured)])).toEqual(
      EXPERIMENTS.map(({ id, cells: isFor = () => true }) => [
        id,
        cells.filter(isFor).map(({ name }) => name),
      ]),
    );
  });

  it('shows the results in the words of the experiments', async () => {
    expect(read('faults.md')).toBe(await pageOfResults());
  });
});
