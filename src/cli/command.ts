import { readFileSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { messageOf, refuseOption } from '../errors';
import type { IamAuthOptions } from '../options';

/** Where a command writes. */
export interface Output {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly hasColors: boolean;
}

/** A subcommand. */
export interface Command {
  /** The text of `--help`, at most one screen. */
  readonly help: string;
  /** Resolves to the exit code. Throws an `IamAuthError` for wrong flags or a wrong configuration. */
  readonly run: (args: readonly string[], output: Output) => Promise<number>;
}

type Flags = NonNullable<ParseArgsConfig['options']>;
export type Values = Readonly<Record<string, string | boolean | undefined>>;

/** The flags that name a configuration file or an endpoint. */
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

export const ENDPOINT_HELP = `  --config FILE    configuration of sequelize-cli; default: the one in
                   .sequelizerc, else config/config.js or config/config.json
  --env NAME       its entry; default: NODE_ENV, else development
or an endpoint instead of a configuration:
  --host NAME      the RDS endpoint          --user NAME      database user
  --port NUMBER    default: the engine's     --database NAME
  --dialect NAME   mysql (default), mariadb or postgres
and:
  --region NAME    default: from the host name, AWS_REGION or the profile`;

/** Parses the flags of a command. Throws `ERR_IAM_AUTH_OPTIONS` for unknown flags and for other arguments. */
export function parseFlags(args: readonly string[], options: Flags): Values {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values as Values;
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`);
    const [problem = ''] = messageOf(error).split('. To specify');
    return refuseOption(
      `${problem}; the flags are ${known.join(', ')}`,
      'correct the flag, or run the command with --help',
    );
  }
}

/** The text of a flag; `undefined` if it is missing or empty. */
export function textFlag(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The values of `--host` and its companions, by Sequelize 6's names. */
export interface EndpointOptions {
  readonly dialect: string;
  readonly host: string;
  readonly username: string;
  readonly port?: number;
  readonly database: string | undefined;
}

/** Reads `--host` and its companions; `undefined` without them. Throws `ERR_IAM_AUTH_OPTIONS` if one is missing or wrong. */
export function sequelizeOptions(values: Values): EndpointOptions | undefined {
  const [host, username] = [textFlag(values, 'host'), textFlag(values, 'user')];
  const port = textFlag(values, 'port');
  if (host === undefined) {
    const stray = ['user', 'port', 'database', 'dialect'].find((name) => name in values);
    if (stray !== undefined) refuseOption(`--${stray} needs --host`, 'add --host');
    return undefined;
  }
  if ('config' in values) {
    refuseOption('--config and --host are both set', 'remove --config or --host');
  }
  if (username === undefined) {
    refuseOption('--host needs --user, the database user', 'add --user');
  }
  if (port !== undefined && !/^\d+$/.test(port)) {
    refuseOption(`--port ${port} is not a number`, 'set --port to a number');
  }
  return {
    dialect: textFlag(values, 'dialect') ?? 'mysql',
    host,
    username,
    ...(port !== undefined && { port: Number(port) }),
    database: textFlag(values, 'database'),
  };
}

/** The package's options in the flags. */
export function iamAuthOptions(values: Values): IamAuthOptions {
  const ca = textFlag(values, 'ca');
  return {
    region: textFlag(values, 'region'),
    profile: textFlag(values, 'profile'),
    ...(ca !== undefined && { tls: { ca: readText(ca) } }),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    return refuseOption(
      `--ca ${path} cannot be read: ${messageOf(cause)}`,
      'set --ca to a file of PEM certificates',
    );
  }
}
