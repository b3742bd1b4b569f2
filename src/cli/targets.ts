import { dialectOf } from '../dialects';
import { ENGINES, type Engine } from '../doctor/engines';
import { loadSequelize } from '../doctor/installed';
import { loadConfig } from '../doctor/load-config';
import { readApplication } from '../doctor/project';
import { resolveOptions } from '../options';
import { configAccess6 } from '../sequelize-6';
import { endpointOf } from '../target';
import { TokenProvider } from '../token-provider';
import type { Endpoint } from '../endpoint';
import { iamAuthOptions, sequelizeOptions, textOf, type Values } from './command';

/** The endpoints that the flags mean, with what it takes to sign for them. */
export interface Targets {
  readonly engine: Engine;
  readonly endpoints: readonly Endpoint[];
  readonly database: string;
  readonly tokenProvider: TokenProvider;
}

/** Resolves the flags as the application would. Throws `IamAuthError`. */
export async function targetsOf(values: Values): Promise<Targets> {
  const given = sequelizeOptions(values);
  const overrides = iamAuthOptions(values);
  if (given === undefined) return fromConfig(values, overrides);
  const dialect = dialectOf(given.dialect);
  const options = resolveOptions(overrides);
  const tokenProvider = new TokenProvider(options);
  const { driverConfig } = configAccess6(dialect.name);
  const { endpoint } = await endpointOf(driverConfig(given), { options, dialect, tokenProvider });
  const database = textOf(values, 'database') ?? '<database>';
  return { engine: ENGINES[dialect.name], endpoints: [endpoint], database, tokenProvider };
}

async function fromConfig(
  values: Values,
  overrides: ReturnType<typeof iamAuthOptions>,
): Promise<Targets> {
  const cwd = process.cwd();
  const [config, env] = [textOf(values, 'config'), textOf(values, 'env')];
  const loaded = await loadConfig({ cwd, config, env });
  const application = readApplication(loaded, overrides, loadSequelize(cwd, loaded.options));
  const found = application.configs.map((entry) =>
    endpointOf(application.driverConfig(entry), application),
  );
  const endpoints = (await Promise.all(found)).map(({ endpoint }) => endpoint);
  const { engine, tokenProvider } = application;
  return { engine, endpoints, database: application.database || '<database>', tokenProvider };
}
