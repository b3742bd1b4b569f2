import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  metrics as globalMetrics,
  trace as globalTrace,
  type MeterProvider,
  type TracerProvider,
} from '@opentelemetry/api';
import type { LoginContext } from '../login/login-trace';
import type { BackoffMessage, CredentialsMessage, RedisMessage } from '../observe/channels';
import { createMetrics } from './metrics';
import { createSpans } from './spans';

/** The name of the meter and the tracer. */
const SCOPE = 'sequelize-rds-iam';

/** What the channels publish. */
interface Messages {
  'tracing:sequelize-rds-iam:login:start': LoginContext;
  'tracing:sequelize-rds-iam:login:asyncEnd': LoginContext;
  'sequelize-rds-iam:backoff': BackoffMessage;
  'sequelize-rds-iam:credentials': CredentialsMessage;
  'sequelize-rds-iam:redis': RedisMessage;
}

/** The options of `registerOpenTelemetry`. */
export interface OpenTelemetryOptions {
  /** @default the global meter provider */
  meterProvider?: MeterProvider | undefined;
  /** @default the global tracer provider */
  tracerProvider?: TracerProvider | undefined;
}

/** What `registerOpenTelemetry` returns. */
export interface OpenTelemetryRegistration {
  /** Ends the metrics and the spans. */
  remove: () => void;
}

/**
 * Turns what this package's channels publish into metrics and spans of OpenTelemetry, with the names of its semantic conventions 1.45.0
 * where they have one. Covers all Sequelize instances of the process. Call it once, after the SDK was set up.
 *
 * @example
 * registerOpenTelemetry();
 */
export function registerOpenTelemetry({
  meterProvider = globalMetrics.getMeterProvider(),
  tracerProvider = globalTrace.getTracerProvider(),
}: OpenTelemetryOptions = {}): OpenTelemetryRegistration {
  const metrics = createMetrics(meterProvider.getMeter(SCOPE));
  const spans = createSpans(tracerProvider.getTracer(SCOPE));
  /** Those whose beginning was seen. */
  const begun = new WeakSet<LoginContext>();
  const listeners = [
    on('tracing:sequelize-rds-iam:login:start', (login) => {
      begun.add(login);
      metrics.begun(login);
      spans.begun(login);
    }),
    on('tracing:sequelize-rds-iam:login:asyncEnd', (login) => {
      if (!begun.delete(login)) return;
      metrics.ended(login);
      spans.ended(login);
    }),
    on('sequelize-rds-iam:backoff', metrics.backoff),
    on('sequelize-rds-iam:credentials', metrics.credentials),
    on('sequelize-rds-iam:redis', metrics.redis),
  ];
  for (const [channel, listen] of listeners) subscribe(channel, listen);
  return {
    remove: () => {
      for (const [channel, listen] of listeners) unsubscribe(channel, listen);
    },
  };
}

/** A listener for a channel, on which only this package publishes. */
function on<Channel extends keyof Messages>(
  channel: Channel,
  listen: (message: Messages[Channel]) => void,
): readonly [Channel, (message: unknown) => void] {
  return [channel, (message) => listen(message as Messages[Channel])];
}
