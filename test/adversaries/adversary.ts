import type { Cell } from '../harness/cells';
import type { Certificates } from './certificates';
import type { Listening } from './impostor';

export type DialectName = Cell['dialect'];

/** A driver with a major version of Sequelize, such as `mariadb7`. */
export type CellName = `${DialectName}${Cell['major']}`;

export const nameOf = ({ dialect, major }: Cell): CellName => `${dialect}${major}`;

export type HandTls = 'none' | 'ca';

export const MYSQL: readonly DialectName[] = ['mysql', 'mariadb'];
export const POSTGRES: readonly DialectName[] = ['postgres'];
export const ALL: readonly DialectName[] = [...MYSQL, ...POSTGRES];

/** Where one attempt takes place. */
export interface Stage {
  readonly dialect: DialectName;
  /** The endpoint that the application means. */
  readonly hostname: string;
  readonly username: string;
  readonly certificates: Certificates;
  /** The challenge for whatever asks for a hash: 20 bytes. */
  readonly nonce: Buffer;
}

/** What an application wants to log in to, and the root that it trusts. */
export interface Login {
  readonly hostname: string;
  readonly ca: string;
}

/**
 * What a hook by hand loses, which hands over the token as the password and verifies nothing: the token, a hash of it, or nothing. That
 * proves what the recording can show.
 */
export type Loss = 'token' | 'hash' | 'nothing';

/** A server, or someone on the way to one, that wants the token. */
export interface Adversary {
  readonly id: string;
  /** Who it is, and what it does. */
  readonly who: string;
  readonly does: string;
  readonly dialects: readonly DialectName[];
  /** Where it is not tried. */
  readonly except?: readonly CellName[];
  /** How a hook by hand connects, where not over TLS that verifies nothing: without TLS, or with `ca` alone, which leaves the name out. */
  readonly handTls?: HandTls;
  /** In cells that are left out, it is not tried. */
  readonly byHand: Loss | Readonly<Partial<Record<DialectName | CellName, Loss>>>;
  /** The logins of the application, where it is not one login to the stage's endpoint. The last one is what the adversary wants. */
  readonly logins?: (stage: Stage) => readonly Login[];
  /** Whether it passes the login on to the endpoint, so that the query succeeds. */
  readonly letsIn?: boolean;
  /** The code that the application sees, where only one shows that the package itself has refused. */
  readonly sees?: Readonly<Partial<Record<DialectName, string>>>;
  /** The drivers whose token it is to get, because it is the endpoint, or has its secrets. */
  readonly due?: readonly DialectName[];
  readonly listen: (stage: Stage) => Promise<Listening>;
}

/** What a hook by hand loses in a cell; undefined where it is not tried. */
export function lossByHand({ byHand }: Adversary, cell: Cell): Loss | undefined {
  if (typeof byHand === 'string') return byHand;
  return byHand[nameOf(cell)] ?? byHand[cell.dialect];
}
