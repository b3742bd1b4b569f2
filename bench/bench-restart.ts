import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulateRestart, type Recovery, type Restart } from './restart';

const LIMIT = 19;
const LOGIN_MS = 50;
const SIZES = [10, 100, 1_000, 10_000];
const CONNECTIONS = [1, 5];
const WAYS: readonly Restart['way'][] = ['through Redis', 'own shares', 'each for itself'];

/** Simulates fleets that restart at once, prints the figures, and draws docs/many-processes.svg. Returns 1 when the shared limit did not hold. */
export function benchRestart(): Promise<number> {
  const recoveries = SIZES.flatMap((processes) =>
    CONNECTIONS.flatMap((connections) =>
      WAYS.map((way) =>
        simulateRestart({ processes, connections, limit: LIMIT, loginMs: LOGIN_MS, way }),
      ),
    ),
  );
  console.log(restartTable(recoveries));
  writeFileSync(join(__dirname, '../docs/many-processes.svg'), restartChart(recoveries));
  const broken = recoveries.some(
    ({ restart: { way }, peakPerSecond }) => way === 'through Redis' && peakPerSecond > LIMIT,
  );
  return Promise.resolve(broken ? 1 : 0);
}

function restartTable(recoveries: readonly Recovery[]): string {
  const header = [
    'Processes × connections',
    'Limit kept',
    'First connection everywhere',
    'All connections',
    'At best',
    'First connection after 60 s',
    'Peak per second',
    'Redis operations per second: mean, peak',
    'Redis operations per login',
  ];
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const rows = recoveries.map((recovery) => {
    const { processes, connections, way } = recovery.restart;
    const isRedis = way === 'through Redis';
    return line([
      `${processes} × ${connections}`,
      way,
      duration(recovery.firstsMs),
      duration(recovery.allMs),
      way === 'each for itself' ? '-' : duration(recovery.boundMs),
      `${Math.round(recovery.beyondAcquire * 100)} %`,
      recovery.peakPerSecond,
      isRedis ? `${Math.round(recovery.redisPerSecond)}, ${recovery.redisPeakPerSecond}` : '-',
      isRedis ? recovery.redisPerLogin.toFixed(1) : '-',
    ]);
  });
  return [line(header), line(header.map(() => '---')), ...rows].join('\n');
}

function duration(ms: number): string {
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${(ms / 60_000).toFixed(1)} min`;
}

const LEFT = 60;
const TOP = 40;
const WIDTH = 520;
const HEIGHT = 300;
const COLOURS: Readonly<Record<Restart['way'], string>> = {
  'through Redis': '#15803d',
  'own shares': '#1d4ed8',
  'each for itself': '#c2410c',
};

/** The time until every process has its first connection, by the size of the fleet, both logarithmic. */
function restartChart(recoveries: readonly Recovery[]): string {
  const x = (processes: number) => LEFT + ((Math.log10(processes) - 1) / 3) * WIDTH;
  const y = (ms: number) => TOP + HEIGHT - ((Math.log10(Math.max(100, ms)) - 2) / 4) * HEIGHT;
  const points = (way: Restart['way']) =>
    recoveries
      .filter(({ restart }) => restart.way === way && restart.connections === 1)
      .map(
        ({ restart, firstsMs }) => `${x(restart.processes).toFixed(1)},${y(firstsMs).toFixed(1)}`,
      );
  const shown: readonly Restart['way'][] = ['through Redis', 'own shares'];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 30} ${TOP + HEIGHT + 50}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="white"/>',
    '<text x="10" y="20" font-size="15">All processes restart at once: until each has its first connection (simulated)</text>',
    ...SIZES.map(
      (size) => `<text x="${x(size)}" y="${TOP + HEIGHT + 18}" text-anchor="middle">${size}</text>`,
    ),
    `<text x="${LEFT + WIDTH / 2}" y="${TOP + HEIGHT + 38}" text-anchor="middle">processes</text>`,
    ...[100, 1_000, 10_000, 60_000, 600_000].flatMap((ms) => [
      `<line x1="${LEFT}" x2="${LEFT + WIDTH}" y1="${y(ms)}" y2="${y(ms)}" stroke="#ddd"/>`,
      `<text x="${LEFT - 6}" y="${y(ms) + 4}" text-anchor="end">${ms < 1_000 ? '0.1 s' : duration(ms).replace('.0', '')}</text>`,
    ]),
    `<text x="${LEFT + WIDTH}" y="${y(60_000) - 4}" text-anchor="end">Sequelize's acquire, 60 s</text>`,
    ...shown.flatMap((way, index) => [
      `<polyline points="${points(way).join(' ')}" fill="none" stroke="${COLOURS[way]}" stroke-width="2"/>`,
      `<text x="${LEFT + 15}" y="${TOP + 18 + index * 16}" fill="${COLOURS[way]}">${way}</text>`,
    ]),
    '</svg>\n',
  ].join('\n');
}
