import { UsageError } from '../usage-error';

/** The wire protocol of a backend. */
export type BackendProtocol = 'mysql' | 'postgres';

/** Where the user's database is, and who may administer it. */
export interface BackendTarget {
  readonly protocol: BackendProtocol;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly database: string;
}

/** The port on which servers of each protocol listen by default. */
export const DEFAULT_PORT: Readonly<Record<BackendProtocol, number>> = {
  mysql: 3306,
  postgres: 5432,
};

const PROTOCOLS: Readonly<Record<string, BackendProtocol>> = {
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
};

const EXAMPLES =
  'mysql://root:password@127.0.0.1:3306/app or postgres://postgres:password@127.0.0.1:5432/app';

// Never the URL itself: it holds the password.
const refusal = (problem: string) => new UsageError(`backend ${problem}`);

function decode(part: string, name: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refusal(`has a % in its ${name} that begins no escape: write it as %25`);
  }
}

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw refusal(
      `is not a URL: write ${EXAMPLES}; in the user name and the password, write @ as %40, : as %3A, / as %2F, # as %23 and ? as %3F`,
    );
  }
}

/**
 * Parses the URL of a database as its administrator.
 *
 * @throws {UsageError} without a part of the URL that could be secret.
 */
export function parseBackendUrl(text: string): BackendTarget {
  const url = parse(text);
  const protocol = Object.hasOwn(PROTOCOLS, url.protocol) ? PROTOCOLS[url.protocol] : undefined;
  if (!protocol)
    throw refusal(`must begin with mysql, mariadb, postgres or postgresql: ${EXAMPLES}`);
  if (url.hostname === '') throw refusal(`names no host: write ${EXAMPLES}`);
  if (url.username === '') throw refusal(`names no user: it must be one that may create users`);
  if (url.search !== '' || url.hash !== '')
    throw refusal('has something behind the database name: remove ? and # and what follows them');
  const database = decode(url.pathname.slice(1), 'database name');
  if (database === '')
    throw refusal(`names no database: add the one that the application uses, as in ${EXAMPLES}`);
  return {
    protocol,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? DEFAULT_PORT[protocol] : Number(url.port),
    username: decode(url.username, 'user name'),
    password: decode(url.password, 'password'),
    database,
  };
}
