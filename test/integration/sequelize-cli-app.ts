import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, runNode, type Ended } from './child';

const CLI = join(ROOT, 'node_modules/.bin/sequelize-cli');

/** An entry of config/config.json, as far as the tests read it. */
type Environment = Readonly<Record<string, unknown>>;

/** A folder of its own in which sequelize-cli is run. */
export interface CliApp {
  readonly folder: string;
  readonly cli: (...args: string[]) => Promise<Ended>;
  readonly node: (script: string) => Promise<Ended>;
  readonly read: (path: string) => string;
  readonly write: (path: string, text: string) => void;
  readonly readEnvironment: () => Environment;
  readonly writeEnvironment: (environment: Environment) => void;
  readonly remove: (path?: string) => void;
}

/** Makes the folder, with the packages that a user would have installed there, and copies `source` into it. */
export function createCliApp(source?: string, given: NodeJS.ProcessEnv = process.env): CliApp {
  const folder = mkdtempSync(join(tmpdir(), 'sequelize-rds-iam-cli-'));
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  symlinkSync(ROOT, join(modules, 'sequelize-rds-iam'), 'junction');
  for (const name of ['sequelize', 'sequelize-cli', 'mysql2'])
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name), 'junction');
  if (source !== undefined) cpSync(source, folder, { recursive: true });

  // The tests' own NODE_ENV is `test`, which would be another entry of config.json.
  // With CI set, sequelize-cli would colour its output.
  const env = { ...given, NODE_ENV: 'development', FORCE_COLOR: '0', NO_COLOR: '1' };
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  const environments = () =>
    // The folder's own file, whose shape `sequelize-cli init` decides.
    JSON.parse(read('config/config.json')) as Record<string, Environment | undefined>;
  return {
    folder,
    cli: (...args) => runNode([CLI, ...args], { cwd: folder, env }),
    node: (script) => runNode(['--eval', script], { cwd: folder, env }),
    read,
    write,
    readEnvironment: () => environments().development ?? {},
    writeEnvironment: (development) =>
      write('config/config.json', JSON.stringify({ ...environments(), development })),
    remove: (path = '') => rmSync(join(folder, path), { recursive: true }),
  };
}
