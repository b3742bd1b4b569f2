const { channel, tracingChannel } = require('node:diagnostics_channel');

/**
 * Keeps the channels for the life of the process. Node.js 20 forgets a channel's name when an earlier channel of that name is collected,
 * as those of the test files before are, and a test would subscribe to another channel than the package publishes on.
 */
channel.kept ??= [
  ...['backoff', 'not-needed', 'credentials', 'redis'].map((name) =>
    channel(`sequelize-rds-iam:${name}`),
  ),
  tracingChannel('sequelize-rds-iam:login'),
];
