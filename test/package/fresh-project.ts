import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(__dirname, '../..');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** How a program ended, and what it said. */
interface Ended {
  readonly exitCode: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project outside this repository that depends on the packed package. */
export interface FreshProject {
  readonly folder: string;
  /** What npm said while it installed. */
  readonly installed: Ended;
  readonly npm: (...args: string[]) => Promise<Ended>;
  readonly node: (...args: string[]) => Promise<Ended>;
  /** Writes files, by name, and checks them with these options of the compiler. */
  readonly tsc: (files: Readonly<Record<string, string>>, options: object) => Promise<Ended>;
}

function run(command: string, args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env: environment() }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : (error.code ?? null), stdout, stderr });
    });
  });
}

/** Without what npm and Jest tell their children, so that nothing points back to this repository. */
function environment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env);
  return Object.fromEntries(
    entries.filter(
      ([name]) => !/^(npm_(package|lifecycle|config_local)|NODE_|INIT_CWD)/.test(name),
    ),
  );
}

const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'sequelize-rds-iam-package-'));
  folders.push(folder);
  return folder;
};

/** Deletes every project. */
export function deleteProjects(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Packs what `npm publish` would publish, of this package or the one in `source`, and returns the file. */
export async function pack(source = ROOT): Promise<string> {
  const folder = newFolder();
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', args, source);
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  if (packed === undefined) throw new Error('npm packed nothing');
  return join(folder, packed.filename);
}

/** Unpacks the package alone, without anything that it may use. */
export async function unpack(tarball: string): Promise<Pick<FreshProject, 'node'>> {
  const folder = newFolder();
  const target = join(folder, 'node_modules/sequelize-rds-iam');
  mkdirSync(target, { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target], folder);
  return { node: (...args) => run(process.execPath, args, folder) };
}

/** Installs packed packages and others, in the versions that this repository has, in an empty project. */
export async function createProject(
  packed: string | readonly string[],
  names: string[],
): Promise<FreshProject> {
  const folder = newFolder();
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const npm = (...args: string[]) => run('npm', [...args, '--prefix', folder], folder);
  return {
    folder,
    installed: await install(npm, [packed].flat(), names),
    npm,
    node: (...args) => run(process.execPath, args, folder),
    tsc: (files, options) => {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      const config = join(folder, 'tsconfig.json');
      writeFileSync(
        config,
        JSON.stringify({ compilerOptions: compilerOptions(options), files: Object.keys(files) }),
      );
      return run(process.execPath, [TSC, '--noEmit', '--pretty', 'false', '-p', config], folder);
    },
  };
}

/** The project after more packages have been installed in it. */
export async function addPackages(project: FreshProject, names: string[]): Promise<FreshProject> {
  return { ...project, installed: await install(project.npm, [], names) };
}

function install(npm: FreshProject['npm'], files: string[], names: string[]): Promise<Ended> {
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--no-update-notifier'];
  const packages = names.map((name) => `${name}@${installedVersion(name)}`);
  return npm('install', ...quiet, ...files, ...packages);
}

function compilerOptions(options: object): object {
  const typeRoots = [join(ROOT, 'node_modules/@types')];
  return { target: 'es2022', strict: true, types: ['node'], typeRoots, ...options };
}

function installedVersion(name: string): string {
  const text = readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
