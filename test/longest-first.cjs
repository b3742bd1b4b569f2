const { basename } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * The suites that take longest, in their order. Without a cache of earlier runs, as in CI, Jest begins with the largest files, and a
 * long suite in a short file would be alone at the end. A name that is missing here, or no more right, costs seconds and nothing else.
 */
const LONGEST = [
  'doctor-engines.test.ts',
  'consumers.test.ts',
  'install.test.ts',
  'mariadb.test.ts',
  'mysql.test.ts',
  'postgres.test.ts',
  'redis-limiter.test.ts',
  'cli-engines.test.ts',
  'storms.test.ts',
  'more-storms.test.ts',
  'demo.test.ts',
  'frameworks.test.ts',
  'doctor.test.ts',
  'credentials.test.ts',
  'sequelize-cli.test.ts',
  'fleet.test.ts',
  'lambda.test.ts',
  'replication.test.ts',
  'fairness.test.ts',
  'tls-guard.test.ts',
  'login.test.ts',
  'copies.test.ts',
  'cli.test.ts',
];

const rankOf = ({ path }) => {
  const rank = LONGEST.indexOf(basename(path));
  return rank === -1 ? LONGEST.length : rank;
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((one, other) => rankOf(one) - rankOf(other));
  }
};
