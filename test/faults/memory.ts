import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatted } from '../harness/formatted';
import { cells, startCluster, type Cell, type Places } from '../harness/cells';
import { runNode } from '../harness/child';
import { placesOf, typeScriptEnvironment } from './second-process';

const PROGRAM = join(__dirname, 'programs/memory.ts');
const DOCS = join(__dirname, '../../docs');
/** Where the heap is measured, as parts of all connections. The first one is the size of an application that has warmed up. */
export const MEASURED_AT = [0.1, 0.5, 1] as const;
/** The most by which a heap may grow from the first measurement to the last, however many connections were opened between them. */
export const GROWTH_BYTES = 3_000_000;
const DEFAULT_CONNECTIONS = 100_000;

/** What the program is told. */
export interface MemoryPlan {
  readonly cell: string;
  readonly places: Places;
  readonly connections: number;
}

/** How large the heap is after so many connections, all garbage collected. */
export interface HeapSize {
  readonly connections: number;
  readonly heapBytes: number;
}

/** Opens and closes connections in a process of its own, without a limit, and measures its heap on the way. */
export async function measureMemory(cell: Cell, connections: number): Promise<HeapSize[]> {
  const cluster = await startCluster(cell);
  try {
    await Promise.all(cluster.all.map(({ emulator }) => emulator.setLimit()));
    const plan: MemoryPlan = { cell: cell.name, places: placesOf(cluster), connections };
    const { exitCode, stdout, stderr } = await runNode(
      [
        '--expose-gc',
        '--require',
        require.resolve('esbuild-register'),
        PROGRAM,
        JSON.stringify(plan),
      ],
      { env: typeScriptEnvironment() },
    );
    if (exitCode !== 0 || stderr !== '') throw new Error(`It ended with ${exitCode}: ${stderr}`);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as HeapSize);
  } finally {
    await cluster.close();
  }
}

/** By how many bytes the heap has grown from the first measurement to the last. */
export function growthOf(sizes: readonly HeapSize[]): number {
  return (sizes.at(-1)?.heapBytes ?? Infinity) - (sizes.at(0)?.heapBytes ?? 0);
}

/** Measures each driver, and writes docs/memory.json and docs/memory.md. Resolves to whether all kept to the bound. */
export async function reportMemory(connections = DEFAULT_CONNECTIONS): Promise<boolean> {
  const measured: { cell: string; sizes: HeapSize[] }[] = [];
  for (const cell of cells.filter(({ major, replication }) => major === 6 && !replication)) {
    const count = cell.dialect === 'mysql' ? connections : connections / 5;
    const sizes = await measureMemory(cell, count);
    console.log(`${cell.name}: ${JSON.stringify(sizes)}`);
    measured.push({ cell: cell.name, sizes });
  }
  const lines = measured.map(
    ({ cell, sizes }) =>
      `| ${cell} | ${sizes.map((size) => `${megabytes(size.heapBytes)} after ${size.connections.toLocaleString('en')}`).join(' | ')} | ${megabytes(growthOf(sizes))} |`,
  );
  const page = `# Memory

An application opens and closes connections, one for each query, without a limiter, in front of the emulator. \`npm run faults -- --memory\`
regenerates this page and [memory.json](memory.json). The heap, garbage collected, may grow by ${megabytes(GROWTH_BYTES)} from the first column to the
last, however many connections were opened between them.

| Application | Heap | | | Growth |
|--|--|--|--|--|
${lines.join('\n')}
`;
  await writeFile(
    join(DOCS, 'memory.md'),
    await formatted(page, { parser: 'markdown', printWidth: 140 }),
  );
  await writeFile(
    join(DOCS, 'memory.json'),
    await formatted(JSON.stringify(measured), { parser: 'json' }),
  );
  return measured.every(({ sizes }) => growthOf(sizes) <= GROWTH_BYTES);
}

function megabytes(bytes: number): string {
  // Without a minus in front of zero.
  return `${(Math.round(bytes / 1e5) / 10 || 0).toFixed(1)} MB`;
}
