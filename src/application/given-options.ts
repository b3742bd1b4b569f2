import { attachmentOf } from '../attach/attachment';
import { carriedOf } from '../sequelize/carried-options';
import { refuseOption } from '../errors';
import { hasMethods } from '../sequelize/instance';
import { isSequelize7 } from '../sequelize/v7';
import type { LoadedConfig } from './load-config';

/** Where a configuration is given in code. */
export interface GivenConfig {
  readonly sequelizeOptions?: object | undefined;
  readonly sequelize?: object | undefined;
  readonly config?: string | undefined;
}

/** What is given instead of a file; `undefined` when nothing is. Throws `ERR_IAM_AUTH_OPTIONS` for two at once, and for one in the other's place. */
export function givenConfig({
  sequelizeOptions,
  sequelize,
  config,
}: GivenConfig): LoadedConfig | undefined {
  const given = Object.entries({ sequelizeOptions, sequelize, config })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (given.length > 1 && given.some((name) => name !== 'config')) {
    refuseOption(`${given.join(' and ')} are both given`, `give ${given.join(' or ')}`);
  }
  if (sequelize !== undefined) return ofInstance(sequelize);
  if (sequelizeOptions !== undefined) return ofOptions(sequelizeOptions);
  return undefined;
}

function ofOptions(options: object): LoadedConfig {
  if (isInstance(options)) {
    refuseOption('sequelizeOptions is an instance of Sequelize', 'give it as the option sequelize');
  }
  if (!isObject(options)) {
    refuseOption(
      'sequelizeOptions must be an object',
      "give Sequelize's options as sequelizeOptions",
    );
  }
  const { url, ...rest } = options as { readonly url?: string };
  return { source: 'the given options', url, options: rest, registers: true };
}

/** An instance of Sequelize, as far as its options are read. */
interface Instance {
  /** Sequelize 6. */
  readonly options: GivenOptions;
  readonly config?: GivenOptions;
  /** Sequelize 7. */
  readonly rawOptions?: GivenOptions;
}

type GivenOptions = Readonly<Record<string, unknown>>;

/** What an instance was made with, and the IAM options that it has. The instance itself is only read. */
function ofInstance(sequelize: object): LoadedConfig {
  if (!isInstance(sequelize)) {
    refuseOption(
      'sequelize is not an instance of Sequelize',
      "give Sequelize's options as sequelizeOptions, or an instance of Sequelize 6 or 7 as sequelize",
    );
  }
  const is7 = isSequelize7(sequelize);
  const given = is7 ? options7(sequelize) : options6(sequelize);
  const attachment = attachmentOf(sequelize);
  const { url, ...options } = given as { readonly url?: string };
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

/** Sequelize 6 keeps the place and the user in `config`: arguments of its constructor, or a URL, may name them. */
function options6({ options, config = {} }: Instance): GivenOptions {
  const { host, port, database, username, password } = config;
  const named = { host, port, database, username, password };
  const set = Object.entries(named).filter(([, value]) => value !== undefined && value !== null);
  // `register` hides the flag.
  const { iamAuth } = options;
  return {
    ...withoutModels(options),
    ...Object.fromEntries(set),
    ...(iamAuth !== undefined && { iamAuth }),
    hooks: hooks6(options.hooks),
  };
}

function options7({ rawOptions = {} }: Instance): GivenOptions {
  return withoutModels(rawOptions);
}

/** A model that is given to another instance leaves its own. */
function withoutModels(options: GivenOptions): GivenOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'models'));
}

/** Its hooks as the constructor takes them, which breaks those with a name. */
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
