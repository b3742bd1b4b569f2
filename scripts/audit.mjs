/**
 * `npm audit` of what users install: the dependencies of both packages. The exit code is 1 if one has a known vulnerability of high or
 * critical severity. A registry that does not answer, as many mirrors do not, is no failure, but is said loudly.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SEVERE = ['high', 'critical'];

const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  cwd: fileURLToPath(new URL('../', import.meta.url)),
  encoding: 'utf8',
});

/** npm's report; undefined where it printed none. */
function parse() {
  try {
    return JSON.parse(stdout);
  } catch {
    // What npm said instead is shown below.
    return undefined;
  }
}

const report = parse();
const counts = report?.metadata?.vulnerabilities;
if (counts !== undefined) {
  for (const { name, severity, range } of Object.values(report.vulnerabilities)) {
    console.log(`${severity}: ${name} ${range}`);
  }
  const severe = SEVERE.reduce((sum, severity) => sum + counts[severity], 0);
  console.log(`npm audit: ${counts.total} vulnerabilities, ${severe} of them high or critical`);
  if (severe > 0) process.exitCode = 1;
} else if (report?.message !== undefined) {
  // Only a request that failed has a message.
  const banner = '!'.repeat(80);
  console.error(
    `${banner}\nNOT AUDITED: the registry did not answer npm audit (${report.message}).\nNothing is known about vulnerabilities of the dependencies.\n${banner}`,
  );
  if (process.env.GITHUB_ACTIONS) {
    console.log(`::warning title=npm audit::NOT AUDITED: ${report.message}`);
  }
} else {
  console.error(`npm audit failed: ${report?.error?.summary ?? stderr}`);
  process.exitCode = 1;
}
