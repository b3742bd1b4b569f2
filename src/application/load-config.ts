import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { messageOf, refuseOption } from '../errors';
import type { IamAuthOptions } from '../options';
import type { InstalledSequelize } from './installed-packages';

const RUN_COMMANDS = '.sequelizerc';

/** A configuration, from a file as sequelize-cli 6 reads it or from code. */
export interface LoadedConfig {
  /** Where it comes from, for messages: the file and the entry. */
  readonly source: string;
  /** The options for `new Sequelize`, without the URL. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly url?: string | undefined;
  /** Whether the flag has an effect: `.sequelizerc` or the file loads `sequelize-rds-iam/register`. */
  readonly registers: boolean;
  /** If it comes from an instance: the instance's package, and its IAM options. */
  readonly instance?: {
    readonly packageName: InstalledSequelize['packageName'];
    readonly iamAuth: IamAuthOptions | undefined;
  };
}

export interface ConfigLocation {
  readonly cwd: string;
  readonly config?: string | undefined;
  readonly env?: string | undefined;
}

/** The file that sequelize-cli would read in this folder. Throws `ERR_IAM_AUTH_OPTIONS` if there is none. */
export function findConfig({ cwd, config }: ConfigLocation): string {
  const named = config ?? runCommands(cwd).config;
  const candidates =
    typeof named === 'string' ? [named] : ['config/config.js', 'config/config.json'];
  const found = candidates.map((path) => resolve(cwd, path)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  return refuseOption(
    `There is no ${candidates.join(' or ')} here`,
    'name the file with --config, or the endpoint with --host and --user',
  );
}

/** Reads one entry of JSON, or of a module that exports an object, a promise or a function of one. Throws `ERR_IAM_AUTH_OPTIONS`. */
export async function loadConfig(location: ConfigLocation): Promise<LoadedConfig> {
  const { cwd } = location;
  const path = findConfig(location);
  const name = relative(cwd, path);
  const rc = runCommands(cwd);
  const env = location.env ?? text(rc.env) ?? process.env.NODE_ENV ?? 'development';
  const exported = await settled(await exportsOf(path, name), name);
  if (!isObject(exported)) {
    const expected = 'an object, or a promise or function that returns one';
    refuseOption(`${name} must export ${expected}`, `make ${name} export ${expected}`);
  }
  const entry = isObject(exported[env]) ? exported[env] : exported;
  if (entry === exported && !('dialect' in exported || 'url' in exported)) {
    const names = Object.keys(exported).join(', ');
    refuseOption(`${name} has no entry ${JSON.stringify(env)}`, `set --env to one of ${names}`);
  }
  const source = entry === exported ? name : `${name}, ${env}`;
  const registers = loadsRegister([resolve(cwd, RUN_COMMANDS), path]);
  const { use_env_variable: variable, url: given, ...options } = entry;
  return { source, options, url: urlOf(given, variable, name), registers };
}

function urlOf(given: unknown, variable: unknown, name: string): string | undefined {
  if (typeof given === 'string') return given;
  if (typeof variable !== 'string') return undefined;
  const url = process.env[variable];
  if (url !== undefined && url !== '') return url;
  return refuseOption(
    `The environment variable ${variable}, which ${name} names, is not set`,
    `set ${variable}`,
  );
}

/** The exports of `.sequelizerc`, which is run, as sequelize-cli runs it. */
function runCommands(cwd: string): Record<string, unknown> {
  const path = resolve(cwd, RUN_COMMANDS);
  if (!existsSync(path)) return {};
  try {
    const commands: unknown = createRequire(path)(path);
    return isObject(commands) ? commands : {};
  } catch (cause) {
    return refuseFile(RUN_COMMANDS, 'cannot be loaded', cause);
  }
}

function loadsRegister(paths: readonly string[]): boolean {
  return paths.some(
    (path) => existsSync(path) && readFileSync(path, 'utf8').includes('sequelize-rds-iam/register'),
  );
}

async function exportsOf(path: string, name: string): Promise<unknown> {
  try {
    return path.endsWith('.mjs') ? await imported(path) : required(path);
  } catch (cause) {
    if (isEsModule(cause)) return imported(path);
    return refuseFile(name, 'cannot be loaded', cause);
  }
}

function required(path: string): unknown {
  const module: unknown = createRequire(path)(path);
  return isObject(module) && module.__esModule === true ? module.default : module;
}

async function imported(path: string): Promise<unknown> {
  const { default: exported } = (await import(pathToFileURL(path).href)) as { default: unknown };
  return exported;
}

function isEsModule(error: unknown): boolean {
  return isObject(error) && error.code === 'ERR_REQUIRE_ESM';
}

/** Awaits a promise and calls a function, with a callback if it has one parameter, as sequelize-cli does. */
async function settled(exported: unknown, name: string): Promise<unknown> {
  try {
    const value = await exported;
    if (typeof value !== 'function') return value;
    const call = value as (callback?: unknown) => unknown;
    return await (call.length === 1 ? promisify(call)() : call());
  } catch (cause) {
    return refuseFile(name, 'failed', cause);
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function refuseFile(name: string, what: string, cause: unknown): never {
  refuseOption(
    `${name} ${what}: ${messageOf(cause)}`,
    `correct ${name} so that Node can run it here`,
    cause,
  );
}
