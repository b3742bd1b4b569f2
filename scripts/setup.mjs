/**
 * Makes node_modules match package-lock.json; quiet and instant when it does already. Needs only Node and npm.
 *
 * `npm install --no-save` installs what the lock file says and leaves it alone, as `npm ci` does. But `npm ci` refuses a lock file
 * that lacks other platforms' optional packages, and npm writes such a one wherever a registry mirror lacks them.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);

/** The packages of a lock file, or undefined when there is no such file. */
const lockedPackages = (path) => {
  try {
    return JSON.parse(readFileSync(new URL(path, root), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
};

const isInstalled = () => {
  const wanted = lockedPackages('package-lock.json');
  const installed = lockedPackages('node_modules/.package-lock.json');
  if (!wanted || !installed) return false;
  // npm leaves out optional packages of other platforms, so their absence means nothing.
  return Object.entries(wanted).every(([path, { version, optional }]) =>
    path === '' ? true : installed[path] ? installed[path].version === version : Boolean(optional),
  );
};

/** The npm that runs this script, where there is one: it works without a shell on every platform. */
const npm = () =>
  process.env.npm_execpath
    ? { command: process.execPath, args: [process.env.npm_execpath] }
    : { command: 'npm', args: [] };

if (!isInstalled()) {
  console.error('Installing node modules: npm install --no-save');
  const { command, args } = npm();
  const install = [...args, 'install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync(command, install, {
    cwd: fileURLToPath(root),
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) {
    console.error('The node modules could not be installed: see what npm says above');
    process.exit(1);
  }
}
