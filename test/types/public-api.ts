import { fromIni } from '@aws-sdk/credential-provider-ini';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import { expectTypeOf } from 'expect-type';
import { Cluster, Redis } from 'ioredis';
import { pino, type Logger as PinoLogger } from 'pino';
import { createClient } from 'redis';
import { Sequelize, type Options } from 'sequelize';
import {
  addIamAuth,
  explainError,
  IamAuthError,
  poolPreset,
  registerIamAuth,
  withIamAuth,
  type BackoffMessage,
  type BackoffState,
  type ConnectionLimiter,
  type ConnectTarget,
  type CredentialsMessage,
  type CredentialsState,
  type EndpointStats,
  type EndpointOverride,
  type ErrorExplanation,
  type IamAuth,
  type IamAuthErrorCode,
  type IamAuthOptions,
  type IamAuthRegistration,
  type IamAuthStats,
  type LimiterOptions,
  type LoginContext,
  type LoginOutcome,
  type NotNeededMessage,
  type ObservedEndpoint,
  type ObservedTarget,
  type PoolPreset,
  type PoolPresetOptions,
  type LoginSlot,
  type LoginSlotRequest,
  type RedisMessage,
  type SequelizeLike,
} from 'sequelize-rds-iam';
import {
  runDoctor,
  type PossibleCause,
  type CheckId,
  type CheckResult,
  type CheckStatus,
  type DoctorOptions,
  type DoctorReport,
} from 'sequelize-rds-iam/doctor';
import {
  registerOpenTelemetry,
  type OpenTelemetryOptions,
  type OpenTelemetryRegistration,
} from 'sequelize-rds-iam/otel';
import { createRedisLimiter, type RedisLimiterOptions } from 'sequelize-rds-iam/redis';
import { createLogger, type Logger as WinstonLogger } from 'winston';

declare const sequelize: Sequelize;
declare const options: Options;

expectTypeOf(addIamAuth).parameter(0).toEqualTypeOf<SequelizeLike>();
// @ts-expect-error options are not an instance
addIamAuth({ dialect: 'mysql' });
// @ts-expect-error the class is not an instance
addIamAuth(Sequelize);
// @ts-expect-error a promise of an instance is not one
addIamAuth(Promise.resolve(sequelize));
expectTypeOf(addIamAuth).parameter(1).toEqualTypeOf<IamAuthOptions | undefined>();
expectTypeOf(addIamAuth).returns.toEqualTypeOf<IamAuth>();
expectTypeOf(addIamAuth).toBeCallableWith(sequelize);
expectTypeOf(addIamAuth).toBeCallableWith(sequelize, {});
expectTypeOf<IamAuth['stats']>().toEqualTypeOf<IamAuthStats>();
expectTypeOf<IamAuth['remove']>().toEqualTypeOf<() => void>();
expectTypeOf<keyof IamAuthStats>().toEqualTypeOf<
  | 'waiting'
  | 'connecting'
  | 'accepted'
  | 'denied'
  | 'failed'
  | 'notNeeded'
  | 'loginsInLastSecond'
  | 'endpoints'
  | 'credentials'
>();
expectTypeOf<IamAuthStats['endpoints']>().toEqualTypeOf<readonly EndpointStats[]>();
expectTypeOf<keyof EndpointStats>().toEqualTypeOf<
  keyof ObservedEndpoint | 'slotsFree' | 'backoff'
>();
expectTypeOf<EndpointStats['backoff']>().toEqualTypeOf<BackoffState | undefined>();
expectTypeOf<keyof BackoffState>().toEqualTypeOf<'failures' | 'delayMs'>();
expectTypeOf<IamAuthStats['credentials']>().toEqualTypeOf<CredentialsState | undefined>();
expectTypeOf<keyof CredentialsState>().toEqualTypeOf<'ageMs' | 'expiresInMs'>();
// @ts-expect-error stats are for reading
addIamAuth(sequelize).stats.accepted = 0;

expectTypeOf(registerIamAuth).toBeCallableWith(Sequelize);
expectTypeOf(registerIamAuth).toBeCallableWith(Sequelize, { limiter: { processes: 4 } });
expectTypeOf(registerIamAuth).returns.toEqualTypeOf<IamAuthRegistration>();
expectTypeOf<IamAuthRegistration['remove']>().toEqualTypeOf<() => void>();

new Sequelize(withIamAuth({ dialect: 'mysql', host: 'db', iamAuth: true }));
new Sequelize(
  withIamAuth({
    dialect: 'mysql',
    replication: { read: [{ host: 'db' }], write: {} },
    iamAuth: true,
  }),
);
new Sequelize(withIamAuth({ ...options, iamAuth: { region: 'eu-west-1' } }));
new Sequelize(withIamAuth(options));
new Sequelize('mysql://app@db/x', withIamAuth({ ...options, iamAuth: false }));
expectTypeOf(withIamAuth({ dialect: 'mysql', iamAuth: true })).toHaveProperty('dialect');
expectTypeOf(withIamAuth({ dialect: 'mysql', iamAuth: true })).not.toHaveProperty('iamAuth');
expectTypeOf(poolPreset).parameter(0).toEqualTypeOf<PoolPresetOptions | undefined>();
expectTypeOf(poolPreset).returns.toEqualTypeOf<PoolPreset>();
expectTypeOf<PoolPreset>().toExtend<NonNullable<Options['pool']>>();

expectTypeOf<keyof IamAuthOptions>().toEqualTypeOf<
  | 'region'
  | 'credentials'
  | 'profile'
  | 'credentialsTimeoutMs'
  | 'endpoint'
  | 'tls'
  | 'limiter'
  | 'reuseTokenForMs'
  | 'logger'
>();
expectTypeOf({ credentials: fromIni({ profile: 'x' }) }).toExtend<IamAuthOptions>();
expectTypeOf({ credentials: defaultProvider() }).toExtend<IamAuthOptions>();
expectTypeOf({
  credentials: { accessKeyId: 'x', secretAccessKey: 'y', expiration: new Date() },
}).toExtend<IamAuthOptions>();
expectTypeOf<{ logger: Console }>().toExtend<IamAuthOptions>();
expectTypeOf<{ logger: PinoLogger }>().toExtend<IamAuthOptions>();
expectTypeOf<{ logger: WinstonLogger }>().toExtend<IamAuthOptions>();
expectTypeOf(createRedisLimiter).toBeCallableWith(createClient(), { logger: pino() });
expectTypeOf(createRedisLimiter).toBeCallableWith(createClient(), { logger: createLogger() });
expectTypeOf<{ tls: { ca: (string | Buffer)[] } }>().toExtend<IamAuthOptions>();
expectTypeOf<{ limiter: false }>().toExtend<IamAuthOptions>();
expectTypeOf<{ limiter: ConnectionLimiter }>().toExtend<IamAuthOptions>();
expectTypeOf<IamAuthOptions['reuseTokenForMs']>().toEqualTypeOf<number | undefined>();
expectTypeOf<{ limiter: true }>().not.toExtend<IamAuthOptions>();
expectTypeOf<{ credentials: string }>().not.toExtend<IamAuthOptions>();
expectTypeOf<{
  endpoint: (dialed: ConnectTarget) => EndpointOverride;
}>().toExtend<IamAuthOptions>();
// @ts-expect-error reuse is no option of the limiter
addIamAuth(sequelize, { limiter: { reuse: 5 } });
// @ts-expect-error a token for another user is never accepted
addIamAuth(sequelize, { endpoint: { username: 'admin' } });
// @ts-expect-error verification cannot be switched off
addIamAuth(sequelize, { tls: { rejectUnauthorized: false } });
// @ts-expect-error ssl is no option
addIamAuth(sequelize, { ssl: false });

expectTypeOf<keyof LimiterOptions>().toEqualTypeOf<'limit' | 'key' | 'processes'>();
expectTypeOf<ConnectionLimiter['acquire']>().toEqualTypeOf<
  (request: LoginSlotRequest) => Promise<LoginSlot>
>();
expectTypeOf<ConnectionLimiter['slotsFree']>().toEqualTypeOf<
  ((key: string) => number | undefined) | undefined
>();
expectTypeOf<Parameters<LoginSlot['settle']>>().toEqualTypeOf<[outcome: LoginOutcome]>();
expectTypeOf<LoginOutcome>().toEqualTypeOf<
  'accepted' | 'denied' | 'failed' | 'timeout' | 'notNeeded'
>();

expectTypeOf<LoginContext>().toExtend<ObservedTarget>();
expectTypeOf<Exclude<keyof LoginContext, keyof ObservedTarget>>().toEqualTypeOf<
  | 'credentialsWaitMs'
  | 'backoffWaitMs'
  | 'slotWaitMs'
  | 'signingMs'
  | 'loginMs'
  | 'outcome'
  | 'error'
>();
expectTypeOf<LoginContext['outcome']>().toEqualTypeOf<LoginOutcome | 'notAdmitted' | undefined>();
expectTypeOf<keyof ObservedEndpoint>().toEqualTypeOf<'hostname' | 'port' | 'region'>();
expectTypeOf<keyof ObservedTarget>().toEqualTypeOf<'endpoint' | 'dialect'>();
expectTypeOf<Omit<BackoffMessage, keyof ObservedTarget>>().toEqualTypeOf<{
  readonly failures: number;
  readonly delayMs: number;
  readonly errorCode?: string | undefined;
}>();
expectTypeOf<Omit<NotNeededMessage, keyof ObservedTarget>>().toEqualTypeOf<{
  readonly waitedMs: number;
}>();
expectTypeOf<CredentialsMessage['outcome']>().toEqualTypeOf<'refreshed' | 'failed' | 'timeout'>();
expectTypeOf<keyof CredentialsMessage>().toEqualTypeOf<
  'outcome' | 'durationMs' | 'expiresInMs' | 'errorCode'
>();
expectTypeOf<RedisMessage['state']>().toEqualTypeOf<'lost' | 'found'>();
expectTypeOf<keyof RedisMessage>().toEqualTypeOf<'state' | 'key' | 'lostForMs' | 'errorCode'>();
declare const context: LoginContext;
// @ts-expect-error it is for reading
context.outcome = 'accepted';

declare const cluster: Cluster;
expectTypeOf(createRedisLimiter).toBeCallableWith(new Redis({ lazyConnect: true }));
expectTypeOf(createRedisLimiter).toBeCallableWith(cluster, {});
expectTypeOf(createRedisLimiter).toBeCallableWith(createClient(), { processes: 50 });
expectTypeOf(createRedisLimiter).returns.toEqualTypeOf<ConnectionLimiter>();
expectTypeOf<keyof RedisLimiterOptions>().toEqualTypeOf<
  'limit' | 'key' | 'keyPrefix' | 'processes' | 'logger'
>();
// @ts-expect-error a client is needed
createRedisLimiter({});

expectTypeOf(registerOpenTelemetry).parameter(0).toEqualTypeOf<OpenTelemetryOptions | undefined>();
expectTypeOf(registerOpenTelemetry).returns.toEqualTypeOf<OpenTelemetryRegistration>();
expectTypeOf<OpenTelemetryRegistration['remove']>().toEqualTypeOf<() => void>();
expectTypeOf<OpenTelemetryOptions>().toEqualTypeOf<{
  meterProvider?: MeterProvider | undefined;
  tracerProvider?: TracerProvider | undefined;
}>();

declare const error: IamAuthError;
expectTypeOf(error).toExtend<Error>();
expectTypeOf(error.code).toEqualTypeOf<IamAuthErrorCode>();
expectTypeOf(error.endpoint).toEqualTypeOf<string | undefined>();
expectTypeOf(error.fix).toEqualTypeOf<string | undefined>();
// @ts-expect-error it is for reading
error.fix = 'x';
expectTypeOf<'ERR_IAM_AUTH_TIMEOUT'>().toExtend<IamAuthErrorCode>();
expectTypeOf<'ERR_IAM_AUTH'>().not.toExtend<IamAuthErrorCode>();

expectTypeOf(explainError).parameters.toEqualTypeOf<[error: unknown]>();
expectTypeOf(explainError).returns.toEqualTypeOf<ErrorExplanation>();
expectTypeOf<keyof ErrorExplanation>().toEqualTypeOf<'code' | 'cause' | 'fix'>();

expectTypeOf(runDoctor).parameter(0).toEqualTypeOf<DoctorOptions | undefined>();
expectTypeOf(runDoctor).returns.toEqualTypeOf<Promise<DoctorReport>>();
expectTypeOf<keyof DoctorOptions>().toEqualTypeOf<
  'cwd' | 'sequelizeOptions' | 'sequelize' | 'config' | 'env' | 'iamAuth' | 'onResult'
>();
expectTypeOf<DoctorReport['results']>().toEqualTypeOf<readonly CheckResult[]>();
expectTypeOf<keyof CheckResult>().toEqualTypeOf<
  'id' | 'status' | 'summary' | 'fix' | 'host' | 'possibleCauses'
>();
expectTypeOf<CheckResult['id']>().toEqualTypeOf<CheckId>();
expectTypeOf<CheckStatus>().toEqualTypeOf<'pass' | 'warn' | 'fail' | 'skip'>();
expectTypeOf<keyof PossibleCause>().toEqualTypeOf<'id' | 'cause' | 'fix' | 'evidence'>();
