import { createProject, type ProjectFolder } from './project-folder';
import type { Ended } from './child';

/** An entry of config/config.json, as far as the tests read it. */
type Environment = Readonly<Record<string, unknown>>;

/** A project in which sequelize-cli is run. */
export interface CliApp extends Omit<ProjectFolder, 'node' | 'bin'> {
  readonly cli: (...args: string[]) => Promise<Ended>;
  readonly node: (script: string) => Promise<Ended>;
  readonly readEnvironment: () => Environment;
  readonly writeEnvironment: (environment: Environment) => void;
}

/** Makes the project, with the packages that a user would have installed there, and what the folders `sources` hold. */
export function createCliApp(
  sources: readonly string[] = [],
  given: NodeJS.ProcessEnv = process.env,
): CliApp {
  // The tests' own NODE_ENV is `test`, which would be another entry of config.json.
  // With CI set, sequelize-cli would colour its output.
  const env = { ...given, NODE_ENV: 'development', FORCE_COLOR: '0', NO_COLOR: '1' };
  const { node, bin, ...project } = createProject({
    sources,
    packages: ['sequelize', 'mysql2', 'sequelize-cli'],
    env,
  });
  const environments = () =>
    // The folder's own file, whose shape `sequelize-cli init` decides.
    JSON.parse(project.read('config/config.json')) as Record<string, Environment | undefined>;
  return {
    ...project,
    cli: (...args) => bin('sequelize-cli', ...args),
    node: (script) => node('--eval', script),
    readEnvironment: () => environments().development ?? {},
    writeEnvironment: (development) =>
      project.write('config/config.json', JSON.stringify({ ...environments(), development })),
  };
}
