import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Undo } from '../examples/demo/undo';
import { startEndpoints } from './endpoints';
import { runStorm, WAYS, type Figures } from './run-storm';
import { storms } from './storms';
import { stormsChart, stormsTable } from './storms-report';

const DOCS = join(__dirname, '../docs');
const FIGURES = join(__dirname, 'storms.json');
const PROMISED_PEAK = 19;
const SLOW_MS = 3_000;

/**
 * Runs the storms whose name contains one of `parts` (all without any), prints and keeps the figures.
 * Returns 1 when the package let more than 19 logins reach an endpoint within a second.
 */
export async function benchStorms(parts: readonly string[], undo: Undo): Promise<number> {
  const endpoints = await startEndpoints(3, undo);
  const chosen = storms.filter(
    ({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)),
  );
  const measured: Figures[] = [];
  for (const storm of chosen) {
    for (const credentialsMs of storm.slowToo === true ? [0, SLOW_MS] : [0]) {
      for (const way of WAYS) {
        const figures = await runStorm(storm, way, credentialsMs, endpoints);
        measured.push(figures);
        console.log(JSON.stringify(figures));
      }
    }
  }
  const figures = keep(measured);
  console.log(`\n${stormsTable(figures)}`);
  writeFileSync(join(DOCS, 'storms.svg'), stormsChart(figures));
  const broken = measured.filter(({ way, peak }) => way === WAYS[1] && peak > PROMISED_PEAK);
  for (const { storm, peak } of broken) console.error(`${storm}: ${peak} logins within a second`);
  return broken.length === 0 ? 0 : 1;
}

/** Puts the new figures in the place of the old ones of the same storms, in the order of the storms. */
function keep(measured: readonly Figures[]): Figures[] {
  const old = existsSync(FIGURES) ? (JSON.parse(readFileSync(FIGURES, 'utf8')) as Figures[]) : [];
  const id = ({ storm, way, credentialsMs }: Figures) => `${storm} ${credentialsMs} ${way}`;
  const byId = new Map([...old, ...measured].map((figures) => [id(figures), figures]));
  const order = storms.map(({ name }) => name);
  const figures = [...byId.values()]
    .filter(({ storm }) => order.includes(storm))
    .sort(
      (one, other) =>
        order.indexOf(one.storm) - order.indexOf(other.storm) ||
        one.credentialsMs - other.credentialsMs ||
        WAYS.indexOf(one.way) - WAYS.indexOf(other.way),
    );
  writeFileSync(FIGURES, `${JSON.stringify(figures, null, 2)}\n`);
  return figures;
}
