import type { Meter } from '@opentelemetry/api';
import type { LoginContext } from '../login/login-trace';
import type { BackoffMessage, CredentialsMessage, RedisMessage } from '../observe/channels';
import { errorType, errorTypeOf, poolName, PREFIX, targetAttributes } from './attributes';

/** In seconds. The SDK's own boundaries are meant for milliseconds. */
const explicitBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60];

/** Creates the metrics, with the functions that record what the channels publish. */
export function createMetrics(meter: Meter) {
  const seconds = { unit: 's', advice: { explicitBucketBoundaries } };
  const createTime = meter.createHistogram('db.client.connection.create_time', {
    ...seconds,
    description: 'The time it took to create a new connection.',
  });
  const logins = meter.createCounter(`${PREFIX}.logins`, {
    unit: '{login}',
    description: 'Logins that ended, and connections that ended before their login.',
  });
  const underWay = meter.createUpDownCounter(`${PREFIX}.logins.under_way`, {
    unit: '{login}',
    description: 'Connections that wait or log in.',
  });
  const waitTime = meter.createHistogram(`${PREFIX}.wait_time`, {
    ...seconds,
    description: 'The time that a connection waited before its login.',
  });
  const failures = meter.createGauge(`${PREFIX}.backoff.failures`, {
    unit: '{login}',
    description: 'Logins that failed in a row.',
  });
  const refreshTime = meter.createHistogram(`${PREFIX}.credentials.refresh_time`, {
    ...seconds,
    description: 'The time that a credential provider took.',
  });
  const redisLost = meter.createGauge(`${PREFIX}.redis.lost`, {
    description: '1 while Redis does not answer, otherwise 0.',
  });

  return {
    begun: (login: LoginContext) => underWay.add(1, targetAttributes(login)),
    ended: (login: LoginContext) => {
      const target = targetAttributes(login);
      underWay.add(-1, target);
      const outcome = { [`${PREFIX}.outcome`]: login.outcome };
      logins.add(1, { ...target, ...outcome, ...errorTypeOf(login.error) });
      const waits = {
        credentials: login.credentialsWaitMs,
        backoff: login.backoffWaitMs,
        slot: login.slotWaitMs,
      };
      for (const [reason, waitMs] of Object.entries(waits)) {
        waitTime.record(waitMs / 1_000, { ...target, [`${PREFIX}.wait.reason`]: reason });
      }
      if (login.outcome !== 'accepted') return;
      const pool = { 'db.client.connection.pool.name': poolName(login) };
      createTime.record(login.loginMs / 1_000, { ...target, ...pool });
    },
    backoff: (message: BackoffMessage) => {
      failures.record(message.failures, targetAttributes(message));
    },
    credentials: ({ outcome, durationMs, errorCode }: CredentialsMessage) => {
      const attributes = { [`${PREFIX}.outcome`]: outcome, ...errorType(errorCode) };
      refreshTime.record(durationMs / 1_000, attributes);
    },
    redis: ({ state, key }: RedisMessage) => {
      redisLost.record(state === 'lost' ? 1 : 0, { [`${PREFIX}.key`]: key });
    },
  };
}
