import { inspect } from 'node:util';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
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
import {
  ATTR_CLOUD_REGION,
  ATTR_DB_CLIENT_CONNECTION_POOL_NAME,
  METRIC_DB_CLIENT_CONNECTION_CREATE_TIME,
} from '@opentelemetry/semantic-conventions/incubating';
import {
  ATTR_DB_SYSTEM_NAME,
  ATTR_ERROR_TYPE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  DB_SYSTEM_NAME_VALUE_MYSQL,
} from '@opentelemetry/semantic-conventions';
import { registerOpenTelemetry } from 'sequelize-rds-iam/otel';
import { createRedisLimiter } from 'sequelize-rds-iam/redis';
import { prometheusPage } from '../../harness/prometheus-page';
import { CREDENTIALS, REGION, startRds, USERNAME, type Rds } from '../../harness/rds';

const DENIED = 'ER_ACCESS_DENIED_ERROR';

let rds: Rds;
beforeAll(async () => {
  rds = await startRds();
});
afterEach(() => rds.emulator.setFaults({}));
afterAll(() => rds.close());

/** One accepted login, then a denied one, each without a version probe. */
async function logIn(): Promise<void> {
  const sequelize = { databaseVersion: '10.11.0' };
  await rds.connect({ sequelize }).sequelize.query('SELECT 1');
  await rds.emulator.setFaults({ deny: true });
  await expect(rds.connect({ sequelize }).sequelize.query('SELECT 1')).rejects.toThrow('denied');
}

const target = () => ({
  [ATTR_DB_SYSTEM_NAME]: DB_SYSTEM_NAME_VALUE_MYSQL,
  [ATTR_SERVER_ADDRESS]: rds.hostname,
  [ATTR_SERVER_PORT]: 3306,
});

function expectNoSecret(signal: string): void {
  expect(signal).toContain(rds.hostname);
  const { accessKeyId, secretAccessKey, sessionToken } = CREDENTIALS;
  for (const secret of ['X-Amz-', accessKeyId, secretAccessKey, sessionToken, USERNAME]) {
    expect(signal).not.toContain(secret);
  }
}

describe('OpenTelemetry’s SDK', () => {
  it('exports the metrics of logins, waits, backoff, credentials and Redis', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const meterProvider = new MeterProvider({ readers: [reader] });
    const { remove } = registerOpenTelemetry({ meterProvider });
    await logIn();
    const lost = () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }));
    const limiter = createRedisLimiter(
      { eval: lost, evalsha: lost },
      { key: 'orders', logger: { warn: () => undefined } },
    );
    await rds.emulator.setFaults({});
    await rds.connect({ iamAuth: { limiter } }).sequelize.query('SELECT 1');
    remove();
    await rds.connect().sequelize.query('SELECT 1');
    await meterProvider.forceFlush();
    const metrics = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics[0]?.metrics ?? []);
    // Exports once more.
    await meterProvider.shutdown();
    const points = (name: string) =>
      metrics
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) => dataPoints as { attributes: object; value: unknown }[]);
    const outcome = (value: string) => ({ 'sequelize_rds_iam.outcome': value });
    expect(points('sequelize_rds_iam.logins')).toMatchObject([
      { attributes: { ...target(), ...outcome('accepted') }, value: 3 },
      { attributes: { ...target(), ...outcome('denied'), [ATTR_ERROR_TYPE]: DENIED }, value: 1 },
    ]);
    expect(points('sequelize_rds_iam.logins.under_way')).toMatchObject([{ value: 0 }]);
    const pool = { [ATTR_DB_CLIENT_CONNECTION_POOL_NAME]: `${rds.hostname}:3306` };
    expect(points(METRIC_DB_CLIENT_CONNECTION_CREATE_TIME)).toMatchObject([
      { attributes: { ...target(), ...pool }, value: { count: 3 } },
    ]);
    expect(points('sequelize_rds_iam.wait_time')).toMatchObject(
      ['credentials', 'backoff', 'slot'].map((reason) => ({
        attributes: { ...target(), 'sequelize_rds_iam.wait.reason': reason },
        value: { count: 4 },
      })),
    );
    const [, , slot] = points('sequelize_rds_iam.wait_time') as { value: { max: number } }[];
    expect(slot?.value.max).toBeGreaterThan(0.9);
    expect(slot?.value.max).toBeLessThan(10);
    expect(points('sequelize_rds_iam.backoff.failures')).toMatchObject([{ value: 0 }]);
    expect(points('sequelize_rds_iam.credentials.refresh_time')).toMatchObject([
      { attributes: outcome('refreshed') },
    ]);
    expect(points('sequelize_rds_iam.redis.lost')).toMatchObject([
      { attributes: { 'sequelize_rds_iam.key': 'orders' }, value: 1 },
    ]);
    expect(new Set(metrics.map(({ descriptor }) => descriptor.name)).size).toBe(7);
    expectNoSecret(inspect(metrics, { depth: null }));
  });

  it('exports a span for each login', async () => {
    const exporter = new InMemorySpanExporter();
    const tracerProvider = new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    const { remove } = registerOpenTelemetry({ tracerProvider });
    await logIn();
    remove();

    const spans = exporter.getFinishedSpans();
    const name = `login ${rds.hostname}:3306`;
    const attributes = { ...target(), [ATTR_CLOUD_REGION]: REGION };
    expect(spans).toMatchObject([
      {
        name,
        kind: SpanKind.CLIENT,
        status: { code: SpanStatusCode.UNSET },
        attributes: { ...attributes, 'sequelize_rds_iam.outcome': 'accepted' },
      },
      {
        name,
        status: { code: SpanStatusCode.ERROR },
        attributes: { ...attributes, [ATTR_ERROR_TYPE]: DENIED },
      },
    ]);
    expect(spans[0]?.attributes[ATTR_ERROR_TYPE]).toBeUndefined();
    expect(spans[0]?.attributes['sequelize_rds_iam.login']).toBeGreaterThan(0.001);
    expect(spans[0]?.attributes['sequelize_rds_iam.login']).toBeLessThan(5);
    expectNoSecret(
      inspect(
        spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
        { depth: null },
      ),
    );
    await tracerProvider.shutdown();
  });

  it('answers Prometheus over HTTP', async () => {
    const page = await prometheusPage(logIn);

    const labels = `sequelize_rds_iam_outcome="denied",error_type="${DENIED}"`;
    expect(page).toMatch(new RegExp(`sequelize_rds_iam_logins_total\\{.*${labels}.*\\} 1\\n`));
    expect(page).toMatch(/db_client_connection_create_time(?:_seconds)?_count\{.*\} 1\n/);
    expectNoSecret(page);
  });
});
