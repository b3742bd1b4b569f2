import { readFileSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { IamAuthError, messageOf } from '../errors';
import type { IamAuthOptions } from '../options';

/** Where a command writes. */
export interface Output {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly hasColors: boolean;
}

/** One of the subcommands. */
export interface Command {
  /** What `--help` prints: one screen. */
  readonly help: string;
  /** Resolves to the exit code. Throws `IamAuthError` about what the user gave. */
  readonly run: (args: readonly string[], output: Output) => Promise<number>;
}

type Flags = NonNullable<ParseArgsConfig['options']>;
export type Values = Readonly<Record<string, string | boolean | undefined>>;

/** The flags that say which database is meant: a configuration file, or an endpoint. */
export const endpointFlags: Flags = {
  config: { type: 'string' },
  env: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  user: { type: 'string' },
  database: { type: 'string' },
  dialect: { type: 'string' },
  region: { type: 'string' },
};

export const ENDPOINT_HELP = `  --config FILE    configuration of sequelize-cli; default: what .sequelizerc
                   says, else config/config.js or config/config.json
  --env NAME       its entry; default: NODE_ENV, else development
or an endpoint in place of a configuration:
  --host NAME      the RDS endpoint          --user NAME      database user
  --port NUMBER    default: the engine's     --database NAME
  --dialect NAME   mysql (default), mariadb or postgres
and:
  --region NAME    default: from the host name, else AWS_REGION or the profile`;

/** Parses the flags of a command. Throws `ERR_IAM_AUTH_OPTIONS` for unknown ones, and for words that are no flags. */
export function parseFlags(args: readonly string[], options: Flags): Values {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values as Values;
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`);
    const [problem = ''] = messageOf(error).split('. To specify');
    throw usageError(
      `${problem}; the flags are ${known.join(', ')}`,
      'correct the flag, or ask --help',
    );
  }
}

export function textOf(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What `--host` and its companions say, in the words of Sequelize 6. */
export interface EndpointOptions {
  readonly dialect: string;
  readonly host: string;
  readonly username: string;
  readonly port?: number;
  readonly database: string | undefined;
}

/** Sequelize's options of `--host` and its companions; `undefined` without them. Throws `ERR_IAM_AUTH_OPTIONS` for half of them. */
export function sequelizeOptions(values: Values): EndpointOptions | undefined {
  const [host, username] = [textOf(values, 'host'), textOf(values, 'user')];
  const port = textOf(values, 'port');
  if (host === undefined) {
    const stray = ['user', 'port', 'database', 'dialect'].find((name) => name in values);
    if (stray !== undefined) throw usageError(`--${stray} needs --host`, 'add --host');
    return undefined;
  }
  if ('config' in values) {
    throw usageError('--config and --host are both given', 'remove --config or --host');
  }
  if (username === undefined) {
    throw usageError('--host needs --user, the database user', 'add --user');
  }
  if (port !== undefined && !/^\d+$/.test(port)) {
    throw usageError(`--port ${port} is not a number`, 'give a number as --port');
  }
  return {
    dialect: textOf(values, 'dialect') ?? 'mysql',
    host,
    username,
    ...(port !== undefined && { port: Number(port) }),
    database: textOf(values, 'database'),
  };
}

/** The package's options among the flags. */
export function iamAuthOptions(values: Values): IamAuthOptions {
  const ca = textOf(values, 'ca');
  return {
    region: textOf(values, 'region'),
    profile: textOf(values, 'profile'),
    ...(ca !== undefined && { tls: { ca: readText(ca) } }),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw usageError(
      `--ca ${path} cannot be read: ${messageOf(cause)}`,
      'name a file of certificates in PEM with --ca',
    );
  }
}

export function usageError(problem: string, fix: string): IamAuthError {
  return new IamAuthError('ERR_IAM_AUTH_OPTIONS', problem, { fix });
}
