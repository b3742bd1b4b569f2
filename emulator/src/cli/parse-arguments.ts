import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { StartEmulatorOptions } from '../emulator/emulator-types';
import type { PolicyDocument } from '../iam/policy-document';
import { UsageError } from '../usage-error';
import { nearestName } from './nearest-name';
import { OPTIONS, type OptionName, type OptionRow } from './option-table';

/** What the command line asks for. */
export type Invocation =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'run';
      readonly emulator: StartEmulatorOptions;
      readonly isJson: boolean;
      readonly isVerbose: boolean;
      readonly envFile?: string;
      readonly command?: readonly [program: string, ...args: string[]];
    };

const ROWS: readonly OptionRow[] = OPTIONS;
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

const CONFIG = Object.fromEntries(
  ROWS.map(({ name, value }) => [
    name,
    value === undefined
      ? { type: 'boolean' as const }
      : { type: 'string' as const, multiple: true },
  ]),
);

/** The values of each option, in their order; a switch has an empty one. */
class Values {
  readonly #values = new Map<string, string[]>();

  add(name: string, value: string): void {
    this.#values.set(name, [...this.all(name), value]);
  }

  has(name: OptionName): boolean {
    return this.#values.has(name);
  }

  all(name: string): string[] {
    return this.#values.get(name) ?? [];
  }

  one(name: OptionName): string | undefined {
    return this.all(name)[0];
  }
}

function refuseUnknown(rawName: string): never {
  // Node.js 20 takes this one for its own wherever it stands, and never lets it get here.
  if (rawName === '--env-file')
    throw new UsageError('--env-file is an option of Node.js: write --write-env');
  const near = nearestName(
    rawName.replace(/^-+/, ''),
    ROWS.map(({ name }) => name),
  );
  throw new UsageError(
    `${rawName} is no option: ${near === undefined ? 'see --help' : `did you mean --${near}?`}`,
  );
}

function readValues(args: readonly string[]): Values {
  const { tokens } = parseArgs({
    args: [...args],
    options: CONFIG,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const values = new Values();
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional')
      throw new UsageError(`${token.value} is no option: write -- before the command`);
    const row = ROWS.find(({ name }) => name === token.name);
    if (!row) return refuseUnknown(token.rawName);
    if (row.value === undefined && token.value !== undefined)
      throw new UsageError(`--${row.name} takes no value`);
    if (row.value !== undefined && (!token.value || isOptionInstead(token)))
      throw new UsageError(`--${row.name} needs a value: ${row.value}`);
    if (!row.isRepeatable && values.all(row.name).length > 0)
      throw new UsageError(`--${row.name} is given twice: give it once`);
    values.add(row.name, token.value ?? '');
  }
  return values;
}

const isOptionInstead = (token: { readonly value?: string; readonly inlineValue?: boolean }) =>
  token.inlineValue === false && token.value?.startsWith('-') === true;

function wholeNumber(values: Values, name: OptionName): number | undefined {
  const text = values.one(name);
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new UsageError(`--${name} ${text} must be a whole number`);
  return Number(text);
}

/** Milliseconds. */
function duration(values: Values, name: OptionName): number | undefined {
  const text = values.one(name);
  if (text === undefined) return undefined;
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS_MS[unit] ?? NaN);
  if (!(ms > 0)) throw new UsageError(`--${name} ${text} must be a time, such as 60s, 15m or 1h`);
  return ms;
}

function oneOf<Name extends string>(
  values: Values,
  option: OptionName,
  names: readonly Name[],
): Name | undefined {
  const text = values.one(option);
  if (text === undefined) return undefined;
  const found = names.find((name) => name === text);
  if (found === undefined)
    throw new UsageError(`--${option} ${text}: write one of ${names.join(', ')}`);
  return found;
}

/** Only JSON so far: startEmulator() checks that it is a policy. */
function readPolicy(path: string): PolicyDocument {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as PolicyDocument;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`--policy ${path} cannot be read as JSON: ${message}`, { cause });
  }
}

const defined = <T extends object>(options: T) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };

function emulatorOptions(values: Values, env: NodeJS.ProcessEnv): StartEmulatorOptions {
  const start = oneOf(values, 'start', ['mariadb', 'postgres']);
  const fromEnvironment = start === undefined ? env['RDS_IAM_EMULATOR_BACKEND'] : undefined;
  const policies = values.all('policy').map(readPolicy);
  return defined({
    backend: values.one('backend') ?? fromEnvironment,
    start,
    users: values.all('user'),
    hostname: values.one('hostname'),
    region: values.one('region'),
    engine: oneOf(values, 'engine', ['mysql', 'mariadb', 'postgres']),
    port: wholeNumber(values, 'port'),
    limit: wholeNumber(values, 'limit'),
    role: values.has('role') || undefined,
    credentialsLifetimeMs: duration(values, 'credentials-lifetime'),
    policies: policies.length > 0 ? policies : undefined,
    resourceId: values.one('resource-id'),
    account: values.one('account'),
    keep: values.has('keep') || undefined,
  });
}

/**
 * Parses the arguments of the command line.
 *
 * @throws {UsageError} that names the option, and what to write.
 */
export function parseArguments(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Invocation {
  const end = args.indexOf('--');
  const values = readValues(end < 0 ? args : args.slice(0, end));
  if (values.has('help')) return { kind: 'help' };
  if (values.has('version')) return { kind: 'version' };
  const [program, ...rest] = end < 0 ? [] : args.slice(end + 1);
  if (end >= 0 && program === undefined)
    throw new UsageError('Behind -- there is no command: name one, or leave -- away');
  if (program !== undefined && values.has('json'))
    throw new UsageError(
      '--json and a command would print into each other: use --write-env with a command',
    );
  const envFile = values.one('write-env');
  return {
    kind: 'run',
    emulator: emulatorOptions(values, env),
    isJson: values.has('json'),
    isVerbose: values.has('verbose'),
    ...(envFile !== undefined && { envFile }),
    ...(program !== undefined && { command: [program, ...rest] }),
  };
}
