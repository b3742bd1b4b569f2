import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEmulatedRds } from '../../examples/demo/emulated-rds';
import { connectByHand } from '../../examples/demo/hand-written';
import { count, peakPerSecond, withinSecond, type Login } from '../../examples/demo/logins';
import type { Run } from '../../examples/demo/run';
import { createShop } from '../../examples/demo/shop';
import type { Stage } from '../../examples/demo/stage';
import type { Undo } from '../../examples/demo/undo';
import { connectWithPackage } from '../../examples/demo/with-package';
import { escape, STYLE } from '../../test/harness/svg';
import { rest } from './measure';

const LIMIT = 20;
/** Those of `npm run demo`. */
const APPLICATION = { queries: 200, seconds: 0.3, max: 50 };

/** Runs the demo's application by hand and with the package, and draws what the server saw: README's picture. */
export async function benchPicture(_: readonly string[], undo: Undo): Promise<number> {
  const stage = await startEmulatedRds(LIMIT, undo);
  const run = (name: string, connect: typeof connectByHand) => storm(name, connect, stage);
  const byHand = await run('The usual beforeConnect hook', connectByHand);
  const withPackage = await run('sequelize-rds-iam', connectWithPackage);
  writeFileSync(
    join(__dirname, '../../docs/first-seconds.svg'),
    pictureOf([byHand, withPackage], LIMIT),
  );
  for (const { name, queries, logins } of [byHand, withPackage])
    console.log(`${name}: ${queries.errors.length} failed, peak ${peakPerSecond(logins)}`);
  return withPackage.queries.errors.length === 0 ? 0 : 1;
}

/** Only the storm: the server saw the application's own start more than a second before. */
async function storm(name: string, connect: typeof connectByHand, stage: Stage): Promise<Run> {
  const sequelize = connect(stage.target, APPLICATION.max);
  try {
    const shop = createShop(sequelize);
    await shop.setUp();
    await rest();
    await stage.watch(sequelize);
    const queries = await shop.runReports(APPLICATION.queries, APPLICATION.seconds);
    await rest();
    return { name, queries, logins: await stage.logins() };
  } finally {
    await sequelize.close();
  }
}

const [PANEL, HEIGHT, TOP, LEFT, GAP] = [350, 200, 124, 52, 60];
const BOTTOM = TOP + HEIGHT;
const WIDTH = LEFT + 2 * PANEL + GAP + 20;
const STEP_MS = 25;

interface Scale {
  readonly x: (ms: number) => number;
  readonly y: (logins: number) => number;
  readonly ms: number;
  readonly most: number;
}

/** Two runs side by side on one scale: how many logins the server saw in the second before each instant, accepted and refused. */
export function pictureOf(runs: readonly Run[], limit: number): string {
  const lasts = runs.map(({ logins }) => (logins.at(-1)?.at ?? 0) - (logins[0]?.at ?? 0));
  const ms = Math.ceil((Math.max(...lasts) + 1_000) / 500) * 500;
  const peak = Math.max(limit * 2, ...runs.map(({ logins }) => peakPerSecond(logins)));
  const most = Math.ceil(peak / 20) * 20;
  const scale: Scale = {
    x: (at) => Math.round((at / ms) * PANEL * 10) / 10,
    y: (logins) => Math.round((BOTTOM - (logins / most) * HEIGHT) * 10) / 10,
    ms,
    most,
  };
  const title = `What an emulated RDS endpoint sees when ${APPLICATION.queries} queries start at once: logins per second`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${BOTTOM + 44}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${escape(title)}">`,
    STYLE,
    '<rect class="page" width="100%" height="100%" rx="6"/>',
    `<text class="text" x="20" y="30" font-size="16" font-weight="600">${escape(title)}</text>`,
    legend(limit),
    ...runs.map((run, index) => panel(run, LEFT + index * (PANEL + GAP), scale, limit)),
    '</svg>\n',
  ].join('\n');
}

function legend(limit: number): string {
  return [
    '<rect class="own" x="20" y="44" width="12" height="12" rx="2"/>',
    '<text class="quiet" x="38" y="54">accepted</text>',
    '<rect class="other" x="110" y="44" width="12" height="12" rx="2"/>',
    '<text class="quiet" x="128" y="54">refused</text>',
    '<line class="line" x1="196" x2="226" y1="50" y2="50" stroke-dasharray="5 4" stroke-width="1.5"/>',
    `<text class="quiet" x="234" y="54">the endpoint accepts ${limit} per second</text>`,
  ].join('\n');
}

function panel({ name, queries, logins }: Run, left: number, scale: Scale, limit: number): string {
  const { x, y, ms, most } = scale;
  const failed = queries.errors.length;
  const verdict = `${queries.count - failed} of ${queries.count} queries succeed · peak: ${peakPerSecond(logins)} logins per second`;
  const seconds = Array.from({ length: Math.floor(ms / 1_000) + 1 }, (_, second) => second);
  const all = (seen: readonly Login[]) => seen.length;
  const accepted = (seen: readonly Login[]) => count(seen, 'accepted');
  return [
    `<g transform="translate(${left} 0)">`,
    `<text class="text" y="${TOP - 32}" font-size="15" font-weight="600">${escape(name)}</text>`,
    `<text class="quiet" y="${TOP - 13}">${verdict}</text>`,
    `<path class="other" d="${area(logins, scale, all)}"/>`,
    `<path class="own" d="${area(logins, scale, accepted)}"/>`,
    `<line class="axis" x2="${PANEL}" y1="${BOTTOM}" y2="${BOTTOM}"/>`,
    `<line class="line" x2="${PANEL}" y1="${y(limit)}" y2="${y(limit)}" stroke-dasharray="5 4" stroke-width="1.5"/>`,
    ...[0, limit, most].map(
      (value) => `<text class="quiet" x="-8" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
    ),
    ...seconds.map(
      (second) =>
        `<text class="quiet" x="${x(second * 1_000)}" y="${BOTTOM + 20}" text-anchor="middle">${second} s</text>`,
    ),
    '</g>',
  ].join('\n');
}

/** The outline of a value over time, in steps. */
function area(
  logins: readonly Login[],
  { x, y, ms }: Scale,
  valueOf: (seen: readonly Login[]) => number,
): string {
  const start = logins[0]?.at ?? 0;
  let last = 0;
  const steps = Array.from({ length: ms / STEP_MS + 1 }, (_, index) => index * STEP_MS).map(
    (at) => {
      const value = valueOf(withinSecond(logins, start + at));
      const step = value === last ? '' : `H${x(at)}V${y(value)}`;
      last = value;
      return step;
    },
  );
  return `M0 ${y(0)}${steps.join('')}H${x(ms)}V${y(0)}Z`;
}
