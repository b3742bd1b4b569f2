/**
 * Installs the newest versions of what the package works with, whatever the lock file says, and prints them: Sequelize, the drivers, Redis's
 * clients, OpenTelemetry's API and the AWS SDK. It changes package.json and the lock file: it is for a checkout that is thrown away.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const { dependencies, peerDependencies, devDependencies } = JSON.parse(
  readFileSync(new URL('package.json', root), 'utf8'),
);

const latest = (packages) => Object.keys(packages).map((name) => `${name}@latest`);
const upstream = Object.fromEntries(
  Object.entries(devDependencies).filter(
    ([name]) => name in peerDependencies || /^@(?:aws-sdk|sequelize)\//.test(name),
  ),
);

/** Each with the flag that leaves it in its list. */
for (const [flag, packages] of [
  ['--save-prod', dependencies],
  ['--save-dev', upstream],
]) {
  const names = latest(packages);
  const args = ['install', flag, '--no-audit', '--no-fund', ...names, ...process.argv.slice(2)];
  console.log(`npm ${args.join(' ')}`);
  const { status } = spawnSync('npm', args, { cwd: fileURLToPath(root), stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
spawnSync('npm', ['ls', '--depth=0'], { cwd: fileURLToPath(root), stdio: 'inherit' });
