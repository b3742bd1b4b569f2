import { setMaxListeners } from 'node:events';
import type { PoolContext } from '../login/admission';
import { PreparedLogins } from '../sequelize/prepared-logins';
import { createBeforeConnect } from '../login/before-connect';
import { createDiagnostics, type Diagnostics } from '../logger';
import { IamAuthError, refuse } from '../errors';
import { backoffFor, limiterOf } from '../limiter/process-registry';
import { wrapConnect } from '../login/wrap-connect';
import { wrapMethod } from '../sequelize/wrap-method';
import { resolveOptions, type ResolvedOptions, type IamAuthOptions } from '../options';
import { poolProblems } from '../sequelize/pool-preset';
import { PoolWatch, type Pool } from '../sequelize/pool-watch';
import { adaptSequelize } from '../sequelize/adapt-sequelize';
import type { SequelizeInstance, ConnectionConfig } from '../sequelize/instance';
import { Stats, type IamAuthStats } from '../login/stats';
import { checkTarget } from '../login/resolve-endpoint';
import { TokenProvider } from '../token/token-provider';

/** IAM authentication on one Sequelize instance. */
export interface IamAuth {
  /** A snapshot of the connection counts, the endpoints and the credentials' age. Reading it asks nobody. */
  readonly stats: IamAuthStats;
  /** Removes IAM authentication. Open connections stay open; waiting ones fail with `ERR_IAM_AUTH_CLOSED`. */
  remove: () => void;
}

/** The handle, with what this package needs of it. */
export interface Attachment extends IamAuth {
  /** A function, so that printing the handle shows no credentials. */
  readonly options: () => IamAuthOptions;
  readonly beforeConnect: (config: ConnectionConfig | undefined) => Promise<void>;
}

/** Shared by all copies of this package, so that only one attaches to an instance. */
const ATTACHMENT = Symbol.for('sequelize-rds-iam.attachment.v1');

/** The instance's attachment, from any copy of this package. */
export function attachmentOf(sequelize: object): Attachment | undefined {
  return (sequelize as { [ATTACHMENT]?: Attachment })[ATTACHMENT];
}

/** Reads and checks an instance. Throws what `addIamAuth` throws for this instance and these options. */
export function checkInstance(target: object, given: IamAuthOptions) {
  const options = resolveOptions(given);
  const sequelize = adaptSequelize(target);
  const { dialect, driver } = sequelize;
  const driverProblem = driver === undefined ? undefined : dialect.checkDriver?.(driver);
  for (const config of sequelize.configs()) {
    const driverConfig = sequelize.driverConfig(config);
    dialect.check(driverConfig);
    checkTarget(driverConfig, options, dialect);
  }
  return { options, sequelize, driverProblem };
}

/** Attaches everything but the hook, which the caller adds. Throws what `checkInstance` throws, and then leaves no trace. */
export function createAttachment(target: object, given: IamAuthOptions): Attachment {
  const { options, sequelize, driverProblem } = checkInstance(target, given);
  const diagnostics = createDiagnostics(options.logger);
  const prepared = new PreparedLogins();
  const stats = new Stats();
  const tokenProvider = new TokenProvider(options);
  const watches = new Map<Pool, PoolWatch>();
  const closing = new AbortController();
  // Each waiting connection adds a listener.
  setMaxListeners(0, closing.signal);
  const endWaits = (why: string) =>
    closing.abort(new IamAuthError('ERR_IAM_AUTH_CLOSED', `The connection was not opened: ${why}`));
  let isActive = true;
  const attachment: Attachment = {
    options: () => given,
    beforeConnect: createBeforeConnect({
      options,
      sequelize,
      tokenProvider,
      limiter: limiterOf(options.limiter),
      backoffFor,
      poolContextOf: (config) => poolContextOf(sequelize, watches, config),
      prepared,
      stats,
      diagnostics,
      closed: closing.signal,
    }),
    get stats() {
      return stats.read(tokenProvider.credentialsState());
    },
    remove: () => {
      if (!isActive) return;
      isActive = false;
      endWaits('IAM authentication was removed');
      undo();
      sequelize.removeBeforeConnect();
    },
  };
  const undo = takeSteps([
    () => {
      Object.defineProperty(target, ATTACHMENT, { value: attachment, configurable: true });
      return () => void Reflect.deleteProperty(target, ATTACHMENT);
    },
    () => sequelize.followPools(),
    ...sequelize.pools().map((pool) => () => {
      const watch = new PoolWatch(pool);
      watches.set(pool, watch);
      return watch.remove;
    }),
    () =>
      wrapMethod(sequelize.closable, 'close', (close) => () => {
        endWaits('the Sequelize instance was closed');
        return close.call(sequelize.closable);
      }),
    () => wrapConnect(sequelize, prepared, () => isActive),
  ]);
  warnAboutPools(sequelize, options, diagnostics);
  warnAboutDriver(driverProblem, diagnostics);
  return attachment;
}

/** Runs steps that return their undo functions, and returns a function that undoes all. If a step throws, undoes those before it. */
function takeSteps(steps: readonly (() => () => void)[]): () => void {
  const taken: (() => void)[] = [];
  const undo = () => {
    for (const undoStep of taken.splice(0).reverse()) undoStep();
  };
  try {
    for (const step of steps) taken.push(step());
  } catch (error) {
    undo();
    throw error;
  }
  return undo;
}

function poolContextOf(
  sequelize: SequelizeInstance,
  watches: ReadonlyMap<Pool, PoolWatch>,
  config: ConnectionConfig,
): PoolContext {
  const watch = watches.get(sequelize.poolOf(config));
  if (watch === undefined) {
    refuse(
      'ERR_IAM_AUTH_UNSUPPORTED',
      'The pool was replaced after IAM authentication was added',
      'add IAM authentication after the code that replaces the pool',
    );
  }
  return { watch, isProbe: sequelize.isVersionProbe() };
}

function warnAboutPools(
  sequelize: SequelizeInstance,
  options: ResolvedOptions,
  { warn }: Diagnostics,
): void {
  const { limiter } = options;
  if (limiter === false || (limiter !== undefined && 'acquire' in limiter)) return;
  const problems = poolProblems(sequelize.poolSettings(), limiter ?? {});
  if (problems.length > 0) warn(`sequelize-rds-iam: ${problems.join('; ')}`);
}

const warnedDrivers = new Set<string>();

/** Warns once per process, because all instances share the driver. */
function warnAboutDriver(problem: string | undefined, { warn }: Diagnostics): void {
  if (problem === undefined || warnedDrivers.has(problem)) return;
  warnedDrivers.add(problem);
  warn(`sequelize-rds-iam: ${problem}`);
}
