import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../median';
import type { Contender } from './contenders';
import type { PeerStage } from './stage';

/** How a value is written, and whether its ratio says something. */
export type Unit = '' | 's' | 'ms' | 'kB' | 'MB';

/** One line of the table. */
export interface Row {
  readonly label: string;
  readonly unit: Unit;
  /** Contenders that were not measured, or for which the row has no meaning, are missing. */
  readonly values: Partial<Record<Contender, number>>;
}

/** What a measure works with. */
export interface MeasureContext {
  readonly stage: PeerStage;
  /** Whether the run only shows that everything works. */
  readonly isQuick: boolean;
  readonly say: (line: string) => void;
}

/** Rows that are measured together, and the name that `--only` takes. */
export interface Measure {
  readonly name: string;
  readonly title: string;
  readonly run: (context: MeasureContext) => Promise<Row[]>;
}

type Values = Readonly<Record<string, number>>;
/** The median of each figure, by contender. */
export type Medians<Figures extends Values> = Partial<
  Record<Contender, { readonly [Name in keyof Figures]: number }>
>;

/**
 * The median of each figure over some rounds. In each round every contender has its turn, so that what slows the machine slows all.
 * A quick run has one round, in which all have their turn at once.
 */
export async function inTurns<Figures extends Values>(
  { isQuick }: Pick<MeasureContext, 'isQuick'>,
  rounds: number,
  contenders: readonly Contender[],
  run: (contender: Contender) => Promise<Figures>,
): Promise<Medians<Figures>> {
  const all = new Map<Contender, Figures[]>(contenders.map((name) => [name, []]));
  const takeTurn = async ([contender, figures]: [Contender, Figures[]]) =>
    void figures.push(await run(contender));
  if (isQuick) await Promise.all([...all].map(takeTurn));
  else for (let round = 0; round < rounds; round += 1) for (const one of all) await takeTurn(one);
  const medians: Medians<Figures> = {};
  for (const [contender, figures] of all) {
    const names = Object.keys(figures[0] ?? {}) as (keyof Figures)[];
    const of = (name: keyof Figures) =>
      median(figures.map((one) => one[name] ?? NaN).filter(Number.isFinite));
    // Each name once, with its own median.
    medians[contender] = Object.fromEntries(names.map((name) => [name, of(name)])) as Record<
      keyof Figures,
      number
    >;
  }
  return medians;
}

/** One figure of each contender, as a row. */
export function rowOf<Figures extends Values>(
  label: string,
  unit: Unit,
  medians: Medians<Figures>,
  name: keyof Figures,
): Row {
  const values: Row['values'] = {};
  for (const [contender, figures] of Object.entries(medians) as [
    Contender,
    Record<keyof Figures, number>,
  ][]) {
    if (Number.isFinite(figures[name])) values[contender] = figures[name];
  }
  return { label, unit, values };
}

/** The second that the server looks back on, and what a late login takes. */
export const rest = (): Promise<void> => sleep(1_200);

/** Throws unless all logins succeeded, where nothing keeps them from it. */
export function checkAllSucceeded(
  contender: Contender,
  { failed, errors }: { readonly failed: number; readonly errors: readonly string[] },
): void {
  if (failed > 0) throw new Error(`${failed} logins of ${contender} failed: ${errors.join(', ')}`);
}
