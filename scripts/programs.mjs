/** Looks for programs in the usual places of this machine, and installs Debian packages. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/bin', '/usr/local/bin', '/usr/local/sbin'];
const BREW_PREFIXES = ['/opt/homebrew', '/usr/local', '/home/linuxbrew/.linuxbrew'];
const DPKG_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Missing and forbidden mean the same here: look further.
    return false;
  }
};

/** The folders in `parent` whose name begins so, the highest version first: `postgresql@16` before `postgresql@9`. */
const versions = (parent, prefix) => {
  try {
    return readdirSync(parent)
      .filter((name) => name.startsWith(prefix))
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
      .map((name) => join(parent, name));
  } catch {
    // No such folder: nothing is installed there.
    return [];
  }
};

/** Where Homebrew keeps the programs of a formula and of its versions, which are not always linked. */
export const brewFolders = (formula) =>
  BREW_PREFIXES.flatMap((prefix) => [prefix, ...versions(join(prefix, 'opt'), formula)]).map(
    (folder) => join(folder, 'bin'),
  );

const folders = (...others) => [
  ...(process.env.PATH ?? '').split(delimiter).filter(Boolean),
  ...SYSTEM_FOLDERS,
  ...others,
];

/** The first program of these names, on PATH, in the system's folders or in `others`. */
export const find = (names, others = []) =>
  names
    .flatMap((name) => folders(...others).map((folder) => join(folder, name)))
    .find(isExecutable);

/** Runs a program to its end; true when it ended well. */
export const run = (command, args, options = {}) =>
  spawnSync(command, args, { encoding: 'utf8', ...options }).status === 0;

const canInstall = () =>
  process.getuid?.() === 0 &&
  isExecutable('/usr/bin/apt-get') &&
  !process.env.SEQUELIZE_RDS_IAM_NO_INSTALL;

/**
 * Installs Debian packages with apt-get, announced on stderr; true when that worked.
 * The packages' own scripts get a program that does nothing in place of each of `withoutRunning`.
 */
export const aptInstall = (packages, { withoutRunning = [] } = {}) => {
  if (!canInstall()) return false;
  console.error(
    `Installing what the tests need: apt-get install ${packages.join(' ')} (SEQUELIZE_RDS_IAM_NO_INSTALL=1 forbids it)`,
  );
  const shadows = mkdtempSync(join(tmpdir(), 'sequelize-rds-iam-apt-'));
  try {
    for (const program of withoutRunning) symlinkSync('/bin/true', join(shadows, program));
    const path = `${shadows}:${DPKG_PATH}`;
    // Another test process may be installing something too.
    const settings = ['-o', 'DPkg::Lock::Timeout=120', '-o', `DPkg::Path=${path}`];
    const command = [...settings, 'install', '-y', '--no-install-recommends', ...packages];
    const options = {
      stdio: ['ignore', 'ignore', 'inherit'],
      // An older apt knows no `DPkg::Path` and hands its own on.
      env: { ...process.env, PATH: path, DEBIAN_FRONTEND: 'noninteractive' },
    };
    return (
      run('apt-get', command, options) ||
      (run('apt-get', ['update'], options) && run('apt-get', command, options))
    );
  } finally {
    rmSync(shadows, { recursive: true });
  }
};
