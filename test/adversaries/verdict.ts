import type { Cell } from '../harness/cells';
import { lossByHand, nameOf, type Adversary, type CellName } from './adversary';
import { attempt, type Result } from './attempt';

/** What an adversary got of an application with the package, and of one by hand where that was tried. */
export interface Row {
  readonly id: string;
  readonly cell: CellName;
  readonly withPackage: Result;
  readonly byHand: Result | undefined;
}

/** Fewer bytes are not a token. */
const TOKEN_BYTES = 300;
/** The shortest hash that a plugin sends. */
const HASH_BYTES = 20;
/** No login takes longer: the driver's timeout is three seconds. */
const LONGEST_MS = 9_000;

/** Runs an adversary in one cell. */
export async function challenge(adversary: Adversary, cell: Cell): Promise<Row> {
  const isTried = lossByHand(adversary, cell) !== undefined;
  const byHand = isTried ? await attempt(adversary, cell, 'hand') : undefined;
  const withPackage = await attempt(adversary, cell, 'package');
  return { id: adversary.id, cell: nameOf(cell), withPackage, byHand };
}

/** What is wrong: with the package, or with the recording, which must show what is lost by hand. */
export function problemsOf(adversary: Adversary, cell: Cell, row: Row): string[] {
  return [
    ...lossesOf(row.withPackage, adversary.due?.includes(cell.dialect) ?? false),
    ...endingsOf(row.withPackage, adversary.letsIn ? 'none' : adversary.sees?.[cell.dialect]),
    ...blindness(row.byHand, lossByHand(adversary, cell)),
  ];
}

function lossesOf({ bytes, proof, prize }: Result, isDue: boolean): string[] {
  return [
    ...(isDue && bytes < TOKEN_BYTES ? ['it got no token, which it was to get'] : []),
    ...(!isDue && bytes > 0 ? [`it got ${bytes} bytes of the token`] : []),
    ...(proof > 0 ? [`it got ${proof} bytes of a hash of the token`] : []),
    ...(prize === undefined ? [] : [`it got ${prize}`]),
  ];
}

function endingsOf({ code, ms }: Result, expected: string | undefined): string[] {
  return [
    ...(code === 'HANGS' || ms > LONGEST_MS ? [`the login took ${ms} ms`] : []),
    ...(expected !== undefined && code !== expected ? [`the application sees ${code}`] : []),
  ];
}

function blindness(result: Result | undefined, loss: ReturnType<typeof lossByHand>): string[] {
  if (result === undefined || loss === undefined || loss === 'nothing') return [];
  const { bytes, proof } = result;
  const isSeen = loss === 'token' ? bytes >= TOKEN_BYTES : bytes === 0 && proof >= HASH_BYTES;
  return isSeen
    ? []
    : [`by hand, the recording shows ${bytes} bytes of the token, ${proof} of hashes`];
}
