import { attachmentOf } from '../attach/attachment';
import { carriedOf } from '../sequelize/carried-options';
import { refuseOption } from '../errors';
import { hasMethods } from '../sequelize/instance';
import { isSequelize7 } from '../sequelize/v7';
import type { LoadedConfig } from './load-config';

/** A configuration that is passed in code. */
export interface GivenConfig {
  readonly sequelizeOptions?: object | undefined;
  readonly sequelize?: object | undefined;
  readonly config?: string | undefined;
}

/**
 * Reads the options or the instance that was passed; returns `undefined` if neither was. Throws `ERR_IAM_AUTH_OPTIONS` if two were
 * passed, or an instance as `sequelizeOptions`, or options as `sequelize`.
 */
export function givenConfig({
  sequelizeOptions,
  sequelize,
  config,
}: GivenConfig): LoadedConfig | undefined {
  const given = Object.entries({ sequelizeOptions, sequelize, config })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (given.length > 1 && given.some((name) => name !== 'config')) {
    refuseOption(`${given.join(' and ')} are both set`, `set ${given.join(' or ')}`);
  }
  if (sequelize !== undefined) return readInstance(sequelize);
  if (sequelizeOptions !== undefined) return readOptions(sequelizeOptions);
  return undefined;
}

function readOptions(options: object): LoadedConfig {
  if (isInstance(options)) {
    refuseOption('sequelizeOptions is an instance of Sequelize', 'pass it as the option sequelize');
  }
  if (!isObject(options)) {
    refuseOption(
      'sequelizeOptions must be an object',
      "pass Sequelize's options as sequelizeOptions",
    );
  }
  const { url, ...rest } = options as { readonly url?: string };
  return { source: 'the given options', url, options: rest, registers: true };
}

/** What the package reads of a Sequelize instance here. */
interface Instance {
  /** Sequelize 6. */
  readonly options: GivenOptions;
  readonly config?: GivenOptions;
  /** Sequelize 7. */
  readonly rawOptions?: GivenOptions;
}

type GivenOptions = Readonly<Record<string, unknown>>;

/** The options of an instance, and its IAM options. The instance is only read. */
function readInstance(sequelize: object): LoadedConfig {
  if (!isInstance(sequelize)) {
    refuseOption(
      'sequelize is not an instance of Sequelize',
      "pass Sequelize's options as sequelizeOptions, or an instance of Sequelize 6 or 7 as sequelize",
    );
  }
  const is7 = isSequelize7(sequelize);
  const attachment = attachmentOf(sequelize);
  const own = is7 ? withoutModels(sequelize.rawOptions ?? {}) : options6(sequelize);
  const { url, ...options } = own as { readonly url?: string };
  return {
    source: 'the given instance',
    url,
    options,
    registers: attachment !== undefined,
    instance: {
      packageName: is7 ? '@sequelize/core' : 'sequelize',
      iamAuth: attachment?.options() ?? carriedOf(sequelize)?.options(),
    },
  };
}

/** Sequelize 6 keeps host, user and database in `config`, because they may come from arguments or a URL. */
function options6({ options, config = {} }: Instance): GivenOptions {
  const { host, port, database, username, password } = config;
  const named = { host, port, database, username, password };
  const set = Object.entries(named).filter(([, value]) => value !== undefined && value !== null);
  // `register` hides the flag, so that it is not copied with the other options.
  const { iamAuth } = options;
  return {
    ...withoutModels(options),
    ...Object.fromEntries(set),
    ...(iamAuth !== undefined && { iamAuth }),
    hooks: hooks6(options.hooks),
  };
}

/** A model that is passed to a second instance is removed from the first. */
function withoutModels(options: GivenOptions): GivenOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'models'));
}

/** The hooks in the form that the constructor accepts: without names. */
function hooks6(hooks: unknown): object {
  const lists = Object.entries(Object(hooks) as Readonly<Record<string, unknown>>);
  return Object.fromEntries(lists.map(([type, hooked]) => [type, [hooked].flat().map(functionOf)]));
}

function functionOf(hook: unknown): unknown {
  return typeof hook === 'function' ? hook : (Object(hook) as { readonly fn?: unknown }).fn;
}

function isInstance(value: object): value is Instance {
  return isObject(value) && hasMethods(value, ['authenticate', 'close']) && 'options' in value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
