import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Undo } from '../examples/demo/undo';
import { startEndpoints } from './endpoints';
import { runStorm, WAYS, type Figures } from './run-storm';
import { storms } from './storms';
import { VIRTUAL_DAY, virtualDay } from './virtual-day';
import { stormsChart, stormsTable } from './storms-report';

const DOCS = join(__dirname, '../docs');
const FIGURES = join(DOCS, 'benchmarks.json');
const PROMISED_PEAK = 19;
/** What slow credentials take. */
export const SLOW_MS = 3_000;
/** The names of all storms, in the order of the docs. */
export const ORDER = [...storms.map(({ name }) => name), VIRTUAL_DAY];

/**
 * Runs the storms whose name contains one of `parts` (all without any), with credentials that are there at once and with such that
 * take 3 s; prints and keeps the figures. Returns 1 when the package let more than 19 logins reach an endpoint within a second, 2
 * when there is no such storm.
 */
export async function benchStorms(parts: readonly string[], undo: Undo): Promise<number> {
  const chosen =
    parts.length === 0 ? ORDER : ORDER.filter((name) => parts.some((part) => name.includes(part)));
  if (chosen.length === 0) {
    console.error(`No such storm; there are:\n${ORDER.join('\n')}`);
    return 2;
  }
  const measured: Figures[] = chosen.includes(VIRTUAL_DAY) ? WAYS.map(virtualDay) : [];
  for (const figures of measured) console.log(JSON.stringify(figures));
  const endpoints = await startEndpoints(3, undo);
  for (const storm of storms.filter(({ name }) => chosen.includes(name))) {
    for (const credentialsMs of [0, SLOW_MS]) {
      for (const way of WAYS) {
        const figures = await runStorm(storm, way, credentialsMs, endpoints);
        measured.push(figures);
        console.log(JSON.stringify(figures));
      }
    }
  }
  const figures = keep(measured);
  console.log(`\n${stormsTable(figures)}`);
  writeFileSync(join(DOCS, 'benchmarks.svg'), stormsChart(figures));
  const broken = measured.filter(({ way, peak }) => way === WAYS[1] && peak > PROMISED_PEAK);
  for (const { storm, peak } of broken) console.error(`${storm}: ${peak} logins within a second`);
  return broken.length === 0 ? 0 : 1;
}

/** Puts the new figures in the place of the old ones of the same storms, in the order of the storms. */
function keep(measured: readonly Figures[]): Figures[] {
  const old = existsSync(FIGURES) ? (JSON.parse(readFileSync(FIGURES, 'utf8')) as Figures[]) : [];
  const id = ({ storm, way, credentialsMs }: Figures) => `${storm} ${credentialsMs} ${way}`;
  const byId = new Map([...old, ...measured].map((figures) => [id(figures), figures]));
  const figures = [...byId.values()]
    .filter(({ storm }) => ORDER.includes(storm))
    .sort(
      (one, other) =>
        ORDER.indexOf(one.storm) - ORDER.indexOf(other.storm) ||
        one.credentialsMs - other.credentialsMs ||
        WAYS.indexOf(one.way) - WAYS.indexOf(other.way),
    );
  writeFileSync(FIGURES, `${JSON.stringify(figures, null, 2)}\n`);
  return figures;
}
