/**
 * One process or thread of a fleet: reports that it is ready, opens its connections, all at once, when a line arrives at its standard
 * input, and keeps them until that ends. It runs what is built, as an application would, and reports each connection and each
 * failure as a line of JSON.
 */
const { performance } = require('node:perf_hooks');
const { Redis } = require('ioredis');
const { Sequelize } = require('sequelize');
const { addIamAuth } = require('sequelize-rds-iam');
const { createRedisLimiter } = require('sequelize-rds-iam/redis');

// Loaded before the start: it is the machine's time, which fifty processes on two cores share, not the limiter's.
require('@aws-sdk/rds-signer');

const { target, connections, redis, limiter } = JSON.parse(process.argv[2]);

const client = redis && new Redis(redis.port, redis.host);
const sequelize = new Sequelize({
  dialect: 'mysql',
  host: target.host,
  port: target.port,
  username: target.username,
  database: target.database,
  databaseVersion: '8.0.36',
  logging: false,
  pool: { max: connections, acquire: 120_000 },
});
addIamAuth(sequelize, {
  region: target.region,
  credentials: target.credentials,
  tls: { ca: target.ca },
  limiter: client ? createRedisLimiter(client, limiter) : limiter,
});

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

process.stdin.once('data', () => {
  for (let index = 0; index < connections; index += 1) {
    const askedAt = performance.now();
    sequelize.connectionManager.getConnection({ type: 'write' }).then(
      () => say({ openedAfterMs: performance.now() - askedAt }),
      (error) => say({ failed: String(error) }),
    );
  }
});
process.stdin.on('end', () => process.exit());

if (client) client.once('ready', () => say({ ready: true }));
else say({ ready: true });
