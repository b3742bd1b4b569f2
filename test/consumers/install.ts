import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Files, Manager, Project } from './consumer';
import { shell } from './shell';

const TARBALL = 'sequelize-rds-iam.tgz';

/** npm's cache is the machine's, which makes the second installation of a package fast. */
const NPM_INSTALL =
  'npm install --prefer-offline --no-audit --no-fund --no-update-notifier --loglevel=error';

interface Recipe {
  /** The manager itself, where it does not come with Node. */
  readonly packages: Readonly<Record<string, string>>;
  readonly install: string;
}

const RECIPES: Readonly<Record<Manager, Recipe>> = {
  npm: { packages: {}, install: NPM_INSTALL },
  pnpm: { packages: { pnpm: '^10' }, install: 'pnpm install' },
  yarn: { packages: { '@yarnpkg/cli-dist': '^4' }, install: 'yarn install' },
};

/** A project whose packages are there. */
export interface Installed {
  readonly folder: string;
  /** What a program of the project needs on its PATH, first. */
  readonly path: string;
  /** The tools and the versions of them that were installed. */
  readonly versions: string;
}

/** Writes a project's files into `parent` and installs its packages; throws with what the manager said. */
export async function install(
  project: Project,
  { tarball, parent, env }: { tarball: string; parent: string; env: NodeJS.ProcessEnv },
): Promise<Installed> {
  const { manager = 'npm', packages } = project;
  const recipe = RECIPES[manager];
  const folder = join(parent, 'project');
  const tools = join(parent, 'manager');
  const dependencies = { 'sequelize-rds-iam': `file:${TARBALL}`, ...packages };
  writeFiles(folder, {
    'package.json': { name: 'consumer', private: true, dependencies },
    ...project.files,
  });
  copyFileSync(tarball, join(folder, TARBALL));
  const path = [folder, tools].map((each) => join(each, 'node_modules/.bin')).join(':');
  const environment = { ...env, PATH: `${path}:${env['PATH'] ?? ''}` };

  if (Object.keys(recipe.packages).length > 0) {
    writeFiles(tools, { 'package.json': { private: true, dependencies: recipe.packages } });
    await must(NPM_INSTALL, tools, environment);
  }
  await must(recipe.install, folder, environment);
  const used = [
    ...Object.keys(recipe.packages).map((name) => describe(name, tools)),
    ...Object.keys(packages)
      .filter((name) => !name.startsWith('@types/'))
      .map((name) => describe(name, folder)),
  ];
  return { folder, path, versions: used.join(', ') };
}

function writeFiles(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
}

async function must(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { exitCode, output } = await shell([command], { cwd, env });
  if (exitCode !== 0)
    throw new Error(`${command} ended with ${exitCode ?? 'a signal'}:\n${output}`);
}

/** Name and version, as far as the layout shows the latter. */
function describe(name: string, folder: string): string {
  const manifest = join(folder, 'node_modules', name, 'package.json');
  if (existsSync(manifest)) {
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    return `${name} ${version}`;
  }
  const lock = join(folder, 'yarn.lock');
  const text = existsSync(lock) ? readFileSync(lock, 'utf8') : '';
  const version = new RegExp(`^"${name}@npm:[^\\n]*\\n  version: (.+)$`, 'm').exec(text)?.[1];
  return version === undefined ? name : `${name} ${version}`;
}
