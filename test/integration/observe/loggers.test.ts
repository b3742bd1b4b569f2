import { Console } from 'node:console';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { pino } from 'pino';
import type { IamAuthLogger, IamAuthOptions } from 'sequelize-rds-iam';
import { registerOpenTelemetry } from 'sequelize-rds-iam/otel';
import { createRedisLimiter } from 'sequelize-rds-iam/redis';
import winston from 'winston';
import { ROOT, runNode } from '../../harness/child';
import { startNamedRds } from '../../harness/named-rds';
import { CREDENTIALS, startRds, type Rds } from '../../harness/rds';

/** Takes what a logger writes. */
class Log extends Writable {
  text = '';
  override _write(bytes: Buffer, _encoding: string, written: () => void): void {
    this.text += bytes.toString();
    written();
  }
}

/** The loggers as their users make them, each with what its lines look like. */
const LOGGERS: Readonly<
  Record<string, { create: (log: Log) => IamAuthLogger; debug: RegExp; warn: RegExp }>
> = {
  console: {
    create: (log) => new Console(log),
    debug: /^Login accepted for /m,
    warn: /^sequelize-rds-iam: /m,
  },
  pino: {
    create: (log) => pino({ level: 'debug' }, log),
    debug: /^\{"level":20,.*"msg":"Login accepted for .*"\}$/m,
    warn: /^\{"level":40,.*"msg":"sequelize-rds-iam: .*"\}$/m,
  },
  "pino's child": {
    create: (log) => pino({ level: 'debug' }, log).child({ part: 'db' }),
    debug: /^\{"level":20,.*"part":"db","msg":"Login accepted for .*"\}$/m,
    warn: /^\{"level":40,.*"part":"db","msg":"sequelize-rds-iam: .*"\}$/m,
  },
  winston: {
    create: (log) => createWinston(log),
    debug: /^\{"level":"debug","message":"Login accepted for .*"\}$/m,
    warn: /^\{"level":"warn","message":"sequelize-rds-iam: .*"\}$/m,
  },
  "winston with syslog's levels": {
    create: (log) => createWinston(log, winston.config.syslog.levels),
    debug: /^\{"level":"debug","message":"Login accepted for .*"\}$/m,
    warn: /^\{"level":"warning","message":"sequelize-rds-iam: .*"\}$/m,
  },
};

function createWinston(
  stream: Log,
  levels: winston.config.AbstractConfigSetLevels = winston.config.npm.levels,
): winston.Logger {
  const logger = winston.createLogger({ level: 'debug', levels });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston's own types differ
  return logger.add(new winston.transports.Stream({ stream }));
}

/** Its message is made of credentials, as that of a bad provider's error may be. */
const PROVIDER_ERROR = Object.assign(new TypeError(Object.values(CREDENTIALS).join(' ')), {
  code: 'EPROVIDER',
});
const noCredentials = () => Promise.reject(PROVIDER_ERROR);
const lost = () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));

/** All that the package has lines for: logins that are accepted, share a token and are denied, no credentials, no Redis, a wrong pool. */
async function live(rds: Rds, loggers: readonly (IamAuthLogger | undefined)[]): Promise<void> {
  const connect = (iamAuth: IamAuthOptions) =>
    rds.connect({ sequelize: { databaseVersion: '10.11.0' }, iamAuth }).sequelize;
  const eachAtOnce = (run: (logger: IamAuthLogger | undefined) => Promise<unknown>) =>
    Promise.all(loggers.map(run));

  await eachAtOnce((logger) => {
    const limiter = { processes: 19, key: String(loggers.indexOf(logger)) };
    const sequelize = connect({ logger, limiter, reuseTokenForMs: 60_000 });
    // The query needs a second connection.
    return sequelize.transaction(() => sequelize.query('SELECT 1'));
  });
  await eachAtOnce((logger) => {
    const limiter = createRedisLimiter({ eval: lost, evalsha: lost }, { logger, key: 'orders' });
    return connect({ logger, limiter }).query('SELECT 1');
  });
  await eachAtOnce((logger) =>
    expect(connect({ logger, credentials: noCredentials }).query('SELECT 1')).rejects.toThrow(
      'No AWS credentials',
    ),
  );
  await rds.emulator.setFaults({ deny: true });
  await eachAtOnce((logger) =>
    expect(connect({ logger }).query('SELECT 1')).rejects.toThrow('Access denied'),
  );
}

const CHANNELS = [
  ...['start', 'end', 'error', 'asyncStart', 'asyncEnd'].map(
    (event) => `tracing:sequelize-rds-iam:login:${event}`,
  ),
  ...['backoff', 'not-needed', 'credentials', 'redis'].map((name) => `sequelize-rds-iam:${name}`),
];

/** All there is to see of a value. */
const whole = (value: unknown) =>
  inspect(value, { depth: null, maxStringLength: null, maxArrayLength: null, showHidden: true });

/** A provider's own error is passed on, with its message. */
const isProviders = (error: unknown) => error instanceof Error && error.cause === PROVIDER_ERROR;

/** Writes down every signal while `act` runs. */
async function signalsOf(act: () => Promise<void>) {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const messages: string[] = [];
  const note = (message: unknown) => {
    const shown = { ...(message as { error?: unknown }) };
    messages.push(whole(isProviders(shown.error) ? { ...shown, error: undefined } : shown));
  };
  for (const channel of CHANNELS) subscribe(channel, note);
  const spans = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(spans)],
  });
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: metrics,
    exportIntervalMillis: 3_600_000,
  });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const { remove } = registerOpenTelemetry({ meterProvider, tracerProvider });
  await act();
  remove();
  for (const channel of CHANNELS) unsubscribe(channel, note);
  await meterProvider.forceFlush();
  const signals = {
    warnings: whole(warned.mock.calls),
    messages: messages.join('\n'),
    spans: whole(
      spans
        .getFinishedSpans()
        .map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
    ),
    metrics: whole(metrics.getMetrics().map(({ scopeMetrics }) => scopeMetrics)),
  };
  await meterProvider.shutdown();
  await tracerProvider.shutdown();
  warned.mockRestore();
  return signals;
}

const logs = Object.fromEntries(Object.keys(LOGGERS).map((name) => [name, new Log()]));
let hostname: string;
let signals: Awaited<ReturnType<typeof signalsOf>>;
beforeAll(async () => {
  const rds = await startRds();
  hostname = rds.hostname;
  signals = await signalsOf(async () => {
    const loggers = Object.entries(logs).map(([name, log]) => LOGGERS[name]?.create(log));
    await live(rds, [...loggers, undefined]);
  });
  await rds.close();
});

it.each(Object.entries(LOGGERS))('%s logs each line at its level', (name, { debug, warn }) => {
  const text = logs[name]?.text ?? '';
  expect(text).toMatch(debug);
  expect(text).toMatch(warn);
  const lines = ['Signed a token', 'Reused a token', 'Login denied', 'Redis does not answer'];
  expect(lines.filter((line) => !text.includes(line))).toEqual([]);
});

/** Tokens, in whole or in part, and what they are made of, also as it stands in a URL. */
function secretsIn(text: string): string[] {
  const { accessKeyId, secretAccessKey, sessionToken } = CREDENTIALS;
  const words = [accessKeyId, secretAccessKey, sessionToken, sessionToken.slice(0, 30)];
  const patterns = [
    /X-Amz-/i,
    /Action=connect/,
    // A signature.
    /\b[0-9a-f]{64}\b/i,
    ...words
      .flatMap((word) => [word, encodeURIComponent(word)])
      .map((word) => new RegExp(word.replace(/[+*.?^$()[\]{}|\\/]/g, '\\$&'))),
  ];
  return patterns.flatMap((pattern) => pattern.exec(text)?.[0] ?? []);
}

it('finds the secrets it looks for', () => {
  const { sessionToken } = CREDENTIALS;
  const token = `host:3306/?Action=connect&X-Amz-Security-Token=${encodeURIComponent(sessionToken)}&X-Amz-Signature=${'0f'.repeat(32)}`;
  expect(secretsIn(token).length).toBeGreaterThan(4);
  expect(secretsIn(PROVIDER_ERROR.message).length).toBeGreaterThan(3);
});

it('no signal contains a token, a signature or a credential', () => {
  const all = {
    ...Object.fromEntries(Object.entries(logs).map(([name, { text }]) => [name, text])),
    ...signals,
  };
  const found = Object.entries(all).filter(([, text]) => secretsIn(text).length > 0);
  expect(found.map(([name, text]) => [name, secretsIn(text)])).toEqual([]);

  expect(signals.warnings).toContain('Redis does not answer');
  for (const signal of [signals.messages, signals.spans, signals.metrics]) {
    expect(signal).toContain(hostname);
    expect(signal).toContain('ER_ACCESS_DENIED_ERROR');
  }
});

it.each([
  ['console', /^Login accepted for \S+$/m],
  ['pino', /^\{"level":20,.*"msg":"Login accepted for \S+"\}$/m],
  ['winston', /^\{"level":"debug","message":"Login accepted for \S+"\}$/m],
])('the example logger.js logs to %s', async (name, line) => {
  const { emulator, environment } = await startNamedRds();
  const { exitCode, stdout, stderr } = await runNode([join(ROOT, 'examples/logger.js')], {
    cwd: tmpdir(),
    env: { ...environment, LOGGER: name },
  });
  await emulator.close();

  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(line);
  expect(stdout).toContain('Logged in as app@%\n');
  expect(secretsIn(stdout)).toEqual([]);
});
