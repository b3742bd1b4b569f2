import {
  closeCell,
  connectCell,
  startCluster,
  type Cell,
  type CellApplication,
  type Cluster,
  type ClusterOptions,
} from './cells';
import type { Attempt } from 'rds-iam-emulator';

/** A cluster of its own for one test, and the applications of it. */
export interface Bench {
  readonly cluster: Cluster;
  readonly connect: (settings?: Parameters<typeof connectCell>[2]) => CellApplication;
  /** Has an application closed that was not made by `connect`. */
  readonly opened: (application: Partial<CellApplication>) => void;
  /** Those at each host. */
  readonly attempts: () => Promise<Attempt[][]>;
  readonly setFaults: (faults: object) => Promise<void>;
}

/** Runs a test on a new cluster of the cell, which ends with it. */
export async function onBench(
  cell: Cell,
  options: ClusterOptions,
  test: (bench: Bench) => Promise<void>,
): Promise<void> {
  const cluster = await startCluster(cell, options);
  const open: Partial<CellApplication>[] = [];
  try {
    await test({
      cluster,
      connect: (settings) => {
        const application = connectCell(cell, cluster, settings);
        open.push(application);
        return application;
      },
      opened: (application) => void open.push(application),
      attempts: () => Promise.all(cluster.all.map(({ emulator }) => emulator.attempts())),
      setFaults: async (faults) => {
        await Promise.all(cluster.all.map(({ emulator }) => emulator.setFaults(faults)));
      },
    });
  } finally {
    await Promise.all(open.map(closeCell));
    await cluster.close();
  }
}
