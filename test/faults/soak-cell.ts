import { runChild } from './child';
import type { Figures } from './judge';

/** One cell of each dialect, with both major versions of Sequelize and both layouts. */
export const APPLICATIONS = [
  'Sequelize 6, mysql, replication',
  'Sequelize 7, mariadb, one host',
  'Sequelize 7, postgres, replication',
];

/** What a soak's process is to do. */
export interface SoakTask {
  readonly cell: string;
  readonly minutes: number;
  readonly seed: number;
}

/** One fault of a soak. */
export interface SoakRound extends Figures {
  readonly experiment: string;
  /** Since the beginning. */
  readonly atMs: number;
  readonly tookMs: number;
  readonly logins: number;
  /** After a garbage collection. */
  readonly heapBytes: number;
  readonly handles: number;
}

/** What the process sends. */
export type SoakMessage =
  { readonly round: SoakRound } | { readonly unexplained: readonly string[] };

/** A soak of one cell. */
export interface Soak extends SoakTask {
  readonly rounds: readonly SoakRound[];
  /** None if all was as promised. */
  readonly unexplained: readonly string[];
}

/** Soaks one cell, in a process of its own. */
export async function soakCell(task: SoakTask, tell: (round: SoakRound) => void): Promise<Soak> {
  const rounds: SoakRound[] = [];
  const unexplained: string[] = [];
  const { exitCode, output } = await runChild('soak-process.ts', task, (sent) => {
    // What soak-process.ts sends.
    const message = sent as SoakMessage;
    if ('unexplained' in message) return void unexplained.push(...message.unexplained);
    rounds.push(message.round);
    tell(message.round);
  });
  if (exitCode !== 0) unexplained.push(`The process ended with exit code ${exitCode}: ${output}`);
  return { ...task, rounds, unexplained };
}
