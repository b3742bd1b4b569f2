/** `npm run consumers [-- filter]`: real little applications, each with the packed package installed, against an emulated RDS. */
import globalSetup from '../harness/global-setup';
import globalTeardown from '../harness/global-teardown';
import { deleteProjects, pack } from '../package/fresh-project';
import type { Project } from './consumer';
import { startEndpoints } from './endpoints';
import { select } from './projects';
import { printTable } from './print-table';
import { runProject, type Row } from './run-consumers';

/** Two at a time: an installation waits for the disk while another consumer computes. */
const AT_ONCE = 2;

async function runAll(selected: readonly Project[]): Promise<Row[]> {
  const endpoints = await startEndpoints();
  try {
    const tarball = await pack();
    const rows: Row[] = [];
    const waiting = [...selected];
    const tell = (row: Row) => {
      rows.push(row);
      console.log(`${row.outcome.kind.padEnd(8)} ${row.consumer} (${row.seconds} s)`);
      if (row.outcome.kind === 'fails') console.log(`${row.outcome.reason ?? ''}\n${row.output}`);
    };
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        await runProject(next, { tarball, endpoints }, tell);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return rows;
  } finally {
    deleteProjects();
    await endpoints.close();
  }
}

async function main(filter = ''): Promise<number> {
  const selected = select((title) => title.toLowerCase().includes(filter.toLowerCase()));
  if (selected.length === 0) throw new Error(`No consumer has "${filter}" in its name`);
  const startedAt = performance.now();
  await globalSetup();
  try {
    const rows = await runAll(selected);
    return printTable(rows, (performance.now() - startedAt) / 1_000);
  } finally {
    await globalTeardown();
  }
}

void main(...process.argv.slice(2)).then((exitCode) => (process.exitCode = exitCode));
