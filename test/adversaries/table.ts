import { cells, type Cell } from '../harness/cells';
import { nameOf, type Adversary, type DialectName } from './adversary';
import { certificates } from './families/certificates';
import { endpoint } from './families/endpoint';
import { methods } from './families/methods';
import { packets } from './families/packets';
import { plainText } from './families/plain-text';
import { plugins } from './families/plugins';
import { redirects } from './families/redirects';
import { sessions } from './families/sessions';
import { stuffing } from './families/stuffing';

/** All of them. */
export const adversaries: readonly Adversary[] = [
  ...plainText,
  ...certificates,
  ...plugins,
  ...methods,
  ...stuffing,
  ...packets,
  ...redirects,
  ...sessions,
  ...endpoint,
];

/** What each of them stands against. */
export const cellsOf = ({ dialects, except = [] }: Adversary, dialect?: DialectName): Cell[] =>
  cells.filter(
    (cell) =>
      !cell.replication &&
      dialects.includes(cell.dialect) &&
      !except.includes(nameOf(cell)) &&
      (dialect === undefined || cell.dialect === dialect),
  );
