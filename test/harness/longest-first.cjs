const { basename } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * The suites that take longest, in their order. Without a cache of earlier runs, as in CI, Jest begins with the largest files, and a
 * long suite in a short file would be alone at the end. A name that is missing here, or no more right, costs seconds and nothing else.
 */
const LONGEST = [
  'install.test.ts',
  'consumers.test.ts',
  'doctor-engines.test.ts',
  'cli-engines.test.ts',
  'frameworks.test.ts',
  'mariadb.test.ts',
  'mysql.test.ts',
  'postgres.test.ts',
  'pool-watch.test.ts',
  'demo.test.ts',
  'storms.test.ts',
  'redis-limiter.test.ts',
  'more-storms.test.ts',
  'doctor.test.ts',
  'credentials.test.ts',
  'sequelize-cli.test.ts',
  'fleet.test.ts',
  'examples.test.ts',
  'fairness.test.ts',
  'cli.test.ts',
  'lambda.test.ts',
  'silent-server.test.ts',
  'replication.test.ts',
  'rds-proxy.test.ts',
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
