import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeEndpoint } from '../../endpoint';
import { fail, failWith, pass, warn, type Finding, type Host } from '../check';
import type { LoadedConfig } from '../load-config';
import { loadSequelize, openProject, versionOf, type Project } from '../project';
import type { IamAuthOptions } from '../../types';

/** What must be given to read a configuration. */
export interface ConfigRequest {
  readonly cwd: string;
  readonly load: () => Promise<LoadedConfig>;
  readonly overrides: IamAuthOptions;
}

export interface ConfigResult {
  readonly finding: Finding;
  readonly project?: Project;
  readonly hosts?: readonly Host[];
}

/** Reads the configuration as sequelize-cli and Sequelize do, and lets this package check it. */
export async function checkConfig({ cwd, load, overrides }: ConfigRequest): Promise<ConfigResult> {
  const Sequelize = loadSequelize(cwd);
  try {
    const loaded = await load();
    const project = openProject(loaded, overrides, Sequelize);
    const hosts = project.configs.map((config) => {
      const driverConfig = project.driverConfig(config);
      const dialed = project.dialect.dialed(driverConfig);
      return { name: `${dialed.hostname}:${dialed.port}`, config, driverConfig, dialed };
    });
    return { finding: judge(cwd, loaded, project, hosts), project, hosts };
  } catch (error) {
    return { finding: failWith(error) };
  }
}

function judge(
  cwd: string,
  loaded: LoadedConfig,
  project: Project,
  hosts: readonly Host[],
): Finding {
  const users = hosts.map(({ dialed }) => describeEndpoint(dialed)).join(', ');
  const summary = `${loaded.source}: ${project.engine.name} at ${users}`;
  for (const name of ['sequelize', project.engine.driver]) {
    const version = versionOf(cwd, name);
    const range = supportedRange(name);
    if (version === undefined || range === undefined || isInRange(version, range)) continue;
    return fail(`${name} ${version} is not supported`, `Install ${name} ${range}`);
  }
  if (project.isUnflagged) {
    return warn(
      `${summary}; without the flag iamAuth, checked as if it were true`,
      'Set iamAuth: true there, or call addIamAuth(sequelize) in the application',
    );
  }
  if (loaded.options.iamAuth !== undefined && !loaded.registers) {
    return warn(
      `${summary}; sequelize-cli will not see its flag iamAuth`,
      "Put require('sequelize-rds-iam/register') at the top of .sequelizerc and of models/index.js",
    );
  }
  return pass(summary);
}

function supportedRange(name: string): string | undefined {
  const path = join(__dirname, '../../../package.json');
  const { peerDependencies } = JSON.parse(readFileSync(path, 'utf8')) as {
    peerDependencies: Readonly<Record<string, string>>;
  };
  return peerDependencies[name];
}

/** For ranges like `>=3.9.8 <4`, which are all that this package's own package.json has. */
function isInRange(version: string, range: string): boolean {
  return range.split(' ').every((part) => {
    const [, operator, bound = ''] = /^(>=|<)(.+)$/.exec(part) ?? [];
    const order = compareVersions(version, bound);
    return operator === '<' ? order < 0 : order >= 0;
  });
}

function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
