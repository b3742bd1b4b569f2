import { readConnectTarget } from '../../dialects/driver-options';
import { describeEndpoint } from '../../endpoint/endpoint';
import { fail, failWith, pass, warn, type Finding, type Host } from '../check';
import type { LoadedConfig } from '../../application/load-config';
import {
  loadSequelize,
  versionsInUse,
  type InstalledSequelize,
} from '../../application/installed-packages';
import { ownManifest } from '../../own-manifest';
import { readApplication, type Application } from '../../application/application';
import { isInRange } from '../../application/version-range';
import type { IamAuthOptions } from '../../options';

interface ConfigResult {
  readonly finding: Finding;
  readonly application?: Application;
  readonly hosts?: readonly Host[];
}

/** Reads the configuration as sequelize-cli and Sequelize do, and checks it as this package does. */
export async function checkConfig(
  cwd: string,
  load: () => Promise<LoadedConfig>,
  overrides: IamAuthOptions,
): Promise<ConfigResult> {
  let loaded: LoadedConfig;
  try {
    loaded = await load();
  } catch (error) {
    return { finding: failWith(error) };
  }
  const installed = loadSequelize(cwd, loaded.options, loaded.instance?.packageName);
  try {
    const application = readApplication(loaded, overrides, installed);
    const hosts = application.configs.map((config) => {
      const driverConfig = application.driverConfig(config);
      const connectTarget = readConnectTarget(driverConfig, application.dialect.defaultPort);
      return {
        name: `${connectTarget.hostname}:${connectTarget.port}`,
        config,
        driverConfig,
        connectTarget,
      };
    });
    const users = hosts.map(({ connectTarget }) => describeEndpoint(connectTarget)).join(', ');
    const summary = `${loaded.source}: ${application.engine.name} at ${users}`;
    const problem = versionProblem(cwd, installed, application);
    return {
      finding: problem ?? findProblem(summary, loaded, installed, application),
      application,
      hosts,
    };
  } catch (error) {
    return { finding: failWith(error) };
  }
}

function versionProblem(
  cwd: string,
  { packageName }: InstalledSequelize,
  { dialect, engine: { driver } }: Application,
): Finding | undefined {
  for (const { name, version } of versionsInUse(cwd, packageName, {
    dialect: dialect.name,
    driver,
  })) {
    const range = ownManifest()?.peerDependencies?.[name];
    if (range === undefined || isInRange(version, range)) continue;
    return fail(`${name} ${version} is not supported`, `Install ${name} ${range}`);
  }
  return undefined;
}

function findProblem(
  summary: string,
  loaded: LoadedConfig,
  { packageName }: InstalledSequelize,
  { isUnflagged, driverProblem }: Application,
): Finding {
  if (isUnflagged && loaded.instance !== undefined) {
    return warn(
      `${summary}; without IAM authentication, checked as if it had been added`,
      'Call addIamAuth(sequelize) before the first query',
    );
  }
  if (isUnflagged) {
    return warn(
      `${summary}; without the iamAuth flag, checked as if it were true`,
      'Set iamAuth: true in the configuration, or call addIamAuth(sequelize) in the application',
    );
  }
  // Sequelize 7 rejects the flag itself, and sequelize-cli supports Sequelize 6 only.
  const isUnread =
    packageName === 'sequelize' && loaded.options.iamAuth !== undefined && !loaded.registers;
  if (isUnread && loaded.instance !== undefined) {
    return warn(
      `${summary}; its iamAuth flag had no effect`,
      'Require sequelize-rds-iam/register before creating the instance, or create it with withIamAuth',
    );
  }
  if (isUnread) {
    return warn(
      `${summary}; sequelize-cli ignores its iamAuth flag`,
      "Put require('sequelize-rds-iam/register') at the top of .sequelizerc and of models/index.js",
    );
  }
  if (driverProblem !== undefined) {
    return warn(`${summary}; ${driverProblem}`, 'Install the version that the message names');
  }
  return pass(summary);
}
