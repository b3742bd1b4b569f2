import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../examples/demo/target';
import type { Undo } from '../examples/demo/undo';
import { startEndpoints, type Endpoint } from './endpoints';
import { PEERS, type Peer } from './peers';

const LOGINS = 100;
const ROUNDS = 7;
const UNLIMITED = 1_000_000;
/** The second that the server looks back on, and what a late login takes. */
const CLEAN_MS = 1_500;

/** What a login costs one after the other, without any wait. */
interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly credentialRequests: number;
}

/**
 * This package beside what a user would write instead, on the same emulator: `npm run bench -- peers [logins]`. Ratios are to the first
 * row. Peers are measured in turns, so that what else the machine does falls on all of them.
 */
export async function benchPeers([given]: readonly string[], undo: Undo): Promise<number> {
  const logins = given === undefined ? LOGINS : Number(given);
  if (!Number.isInteger(logins) || logins < 1) {
    console.error(`npm run bench -- peers [logins, not ${given}]`);
    return 2;
  }
  const [open] = await startEndpoints(1, undo, UNLIMITED);
  if (open === undefined) throw new Error('No endpoint');
  const costs = new Map(PEERS.map((peer) => [peer, [] as Cost[]]));
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const peer of PEERS) {
      const cost = await churn(peer, open, logins);
      if (round > 0) costs.get(peer)?.push(cost);
    }
  }
  printCosts(costs, logins);

  const [limited] = await startEndpoints(1, undo);
  if (limited === undefined) throw new Error('No endpoint');
  console.log(
    `\n${logins} queries at once, each on a connection of its own; the server refuses the 21st login of a second\n`,
  );
  console.log('| Way | Queries that failed | Logins refused | Seconds until the last row |');
  console.log('| --- | --- | --- | --- |');
  for (const peer of PEERS) {
    const { failed, throttled, seconds } = await storm(peer, limited, logins);
    console.log(`| ${peer.name} | ${failed} | ${throttled} | ${seconds.toFixed(1)} |`);
  }
  return 0;
}

/** A pool of one connection that is opened anew for each query. */
async function churn(peer: Peer, { target }: Endpoint, logins: number): Promise<Cost> {
  const { counted, requests } = countRequests(target);
  const sequelize = peer.connect(counted, 1, false, { pool: { maxUses: 1 } });
  await sequelize.query('SELECT 1');
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let login = 0; login < logins; login += 1) await sequelize.query('SELECT 1');
  const wallMs = (performance.now() - start) / logins;
  const { user, system } = process.cpuUsage(cpu);
  await sequelize.close();
  return { wallMs, cpuMs: (user + system) / 1_000 / logins, credentialRequests: requests() };
}

async function storm(peer: Peer, { emulator, target }: Endpoint, queries: number) {
  await sleep(CLEAN_MS);
  await emulator.clear();
  const sequelize = peer.connect(target, queries, true);
  const start = performance.now();
  const results = await Promise.allSettled(
    Array.from({ length: queries }, () => sequelize.query('SELECT SLEEP(0.5)')),
  );
  const seconds = (performance.now() - start) / 1_000;
  await sequelize.close();
  const attempts = await emulator.attempts();
  return {
    failed: results.filter(({ status }) => status === 'rejected').length,
    throttled: attempts.filter(({ outcome }) => outcome === 'throttled').length,
    seconds,
  };
}

function countRequests(target: Target) {
  const { credentials } = target;
  if (typeof credentials !== 'object') throw new Error('The credentials must be an identity');
  let count = 0;
  const counting = () => {
    count += 1;
    return Promise.resolve(credentials);
  };
  return { counted: { ...target, credentials: counting }, requests: () => count };
}

function printCosts(costs: ReadonlyMap<Peer, readonly Cost[]>, logins: number): void {
  console.log(`${logins} logins one after the other, median of ${ROUNDS} rounds\n`);
  console.log('| Way | ms per login | Ratio | CPU ms per login | Ratio | Credential requests |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  const medians = [...costs].map(([{ name }, all]) => ({
    name,
    wall: median(all.map(({ wallMs }) => wallMs)),
    cpu: median(all.map(({ cpuMs }) => cpuMs)),
    requests: median(all.map(({ credentialRequests }) => credentialRequests)),
  }));
  const [first] = medians;
  for (const { name, wall, cpu, requests } of medians) {
    const ratios = [wall / (first?.wall ?? NaN), cpu / (first?.cpu ?? NaN)];
    const [wallRatio, cpuRatio] = ratios.map((ratio) => ratio.toFixed(2));
    console.log(
      `| ${name} | ${wall.toFixed(2)} | ${wallRatio} | ${cpu.toFixed(2)} | ${cpuRatio} | ${requests} |`,
    );
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
