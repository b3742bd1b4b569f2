import { parseArgs } from 'node:util';

export const HELP = `npm run demo -- [options]

Runs a small application twice, first with the usual hand-written hook, then
with sequelize-rds-iam, and shows the logins of both.
  --queries N          queries at once (default 200)
  --seconds S          what each query takes (default 0.3)
  --max N              pool.max (default 50)
  --limit N            logins per second that the emulated RDS endpoint accepts
                       (default 20); the package stays below 20 all the same
  --skip-hand-written  leave the hand-written hook out

On a real endpoint. It makes three tables, iam_demo_..., and drops them again.
The hand-written hook may get the endpoint's other logins refused meanwhile.
  --host NAME          the endpoint's name; needs --user and --database too
  --port N             (default 3306)
  --user NAME          a database user that logs in with IAM
  --database NAME      where that user may create tables
  --region NAME        (default: the one in the endpoint's name)
  --ca FILE            trusted roots in PEM (default: the bundled ones)
  --profile NAME       profile of the AWS configuration

Exit code 0: with the package every query succeeded, no login was refused, and
no second saw more than 19. Otherwise 1, with the reason.`;

/** A mistake on the command line. */
export class UsageError extends Error {}

/** What the command line says. */
export interface Arguments {
  readonly help: boolean;
  readonly queries: number;
  readonly seconds: number;
  readonly max: number;
  readonly limit: number;
  readonly skipHandWritten: boolean;
  readonly real: RealEndpoint | undefined;
}

export interface RealEndpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly region: string | undefined;
  readonly caFile: string | undefined;
  readonly profile: string | undefined;
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const options = {
  queries: { ...text, default: '200' },
  seconds: { ...text, default: '0.3' },
  max: { ...text, default: '50' },
  limit: { ...text, default: '20' },
  'skip-hand-written': flag,
  help: flag,
  host: text,
  port: { ...text, default: '3306' },
  user: text,
  database: text,
  region: text,
  ca: text,
  profile: text,
} as const;

/** Reads the command line; throws `UsageError`. */
export function readArguments(args: readonly string[]): Arguments {
  const values = parse(args);
  const { host, user, database } = values;
  const [port, queries, max, limit] = [
    wholeNumber('port', values.port),
    wholeNumber('queries', values.queries),
    wholeNumber('max', values.max),
    wholeNumber('limit', values.limit),
  ];
  const endpointOnly = [user, database, values.region, values.ca, values.profile];
  if (host === undefined && endpointOnly.some((value) => value !== undefined))
    throw new UsageError('--user, --database, --region, --ca and --profile need --host');
  if (host !== undefined && (user === undefined || database === undefined))
    throw new UsageError('--host needs --user and --database');
  const { region, ca: caFile, profile } = values;
  return {
    help: values.help,
    queries,
    seconds: positive('seconds', values.seconds),
    max,
    limit,
    skipHandWritten: values['skip-hand-written'],
    real:
      host === undefined || user === undefined || database === undefined
        ? undefined
        : { host, port, user, database, region, caFile, profile },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new UsageError(`--${name} must be a number above 0, not ${value}`);
}

function wholeNumber(name: string, value: string): number {
  const number = positive(name, value);
  if (Number.isInteger(number)) return number;
  throw new UsageError(`--${name} must be a whole number, not ${value}`);
}
