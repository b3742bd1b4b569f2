import { setMaxListeners } from 'node:events';
import type { PoolContext } from '../login/admission';
import { PreparedLogins } from '../sequelize/prepared-logins';
import { createBeforeConnect } from '../login/before-connect';
import { createDiagnostics, type Diagnostics } from '../logger';
import { IamAuthError } from '../errors';
import { backoffFor, limiterOf } from '../limiter/process-registry';
import { wrapConnect } from '../login/wrap-connect';
import { resolveOptions, type ResolvedOptions } from '../options';
import { poolProblems } from '../sequelize/pool-preset';
import { PoolWatch, type Pool } from '../sequelize/pool-watch';
import { adaptSequelize } from '../sequelize/adapt-sequelize';
import type { IamAuthHook, SequelizeInstance } from '../sequelize/instance';
import { Stats, type IamAuthStats } from '../login/stats';
import { checkTarget } from '../login/resolve-endpoint';
import { TokenProvider } from '../token/token-provider';
import type { ConnectionConfig } from '../sequelize/instance';
import type { IamAuthOptions } from '../options';

/** IAM authentication on one Sequelize instance. */
export interface IamAuth {
  /** A snapshot of the counts. */
  readonly stats: IamAuthStats;
  /** Takes IAM authentication off the instance. Open connections stay; waiting ones fail with `ERR_IAM_AUTH_CLOSED`. */
  remove: () => void;
}

/** IAM authentication on one instance, with the hook for whoever adds it. */
export interface Attachment extends IamAuth {
  /** A function, so that inspecting the handle does not show credentials. */
  readonly options: () => IamAuthOptions;
  readonly beforeConnect: (config: ConnectionConfig | undefined) => Promise<void>;
  readonly addHook: () => void;
}

/** Shared by all copies of this package, so that none attaches to an instance that another serves. */
const ATTACHMENT = Symbol.for('sequelize-rds-iam.attachment.v1');

/** What serves this instance already, whichever copy of the package attached it. */
export function attachmentOf(sequelize: object): Attachment | undefined {
  return (sequelize as { [ATTACHMENT]?: Attachment })[ATTACHMENT];
}

/** Throws what `addIamAuth` throws about an instance and these options. */
export function checkInstance(target: object, given: IamAuthOptions): void {
  const options = resolveOptions(given);
  checkConfigs(adaptSequelize(target), options);
}

/** Everything but adding the hook, which is the caller's to do. Throws as `checkInstance` does, and then leaves nothing behind. */
export function createAttachment(
  target: object,
  given: IamAuthOptions,
  hook: IamAuthHook,
): Attachment {
  const options = resolveOptions(given);
  const sequelize = adaptSequelize(target);
  checkConfigs(sequelize, options);
  const diagnostics = createDiagnostics(options.logger);
  const prepared = new PreparedLogins();
  const stats = new Stats();
  const watches = new Map<Pool, PoolWatch>();
  const closing = new AbortController();
  // One listener for each waiting connection, however many those are.
  setMaxListeners(0, closing.signal);
  const close = (why: string) => closing.abort(closedError(why));
  let isActive = true;
  const attachment: Attachment = {
    options: () => given,
    beforeConnect: createBeforeConnect({
      options,
      sequelize,
      tokenProvider: new TokenProvider(options),
      limiter: limiterOf(options.limiter),
      backoffFor,
      poolContextOf: (config) => poolContextOf(sequelize, watches, config),
      prepared,
      stats,
      diagnostics,
      closed: closing.signal,
    }),
    addHook: () => sequelize.addBeforeConnect(hook),
    get stats() {
      return stats.read();
    },
    remove: () => {
      if (!isActive) return;
      isActive = false;
      close('IAM authentication was removed');
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
    () => sequelize.onClose(() => close('the Sequelize instance was closed')),
    () => wrapConnect(sequelize, prepared, () => isActive),
  ]);
  warnAboutPools(sequelize, options, diagnostics);
  warnOfDriver(driverProblemOf(sequelize), diagnostics);
  return attachment;
}

function checkConfigs(sequelize: SequelizeInstance, options: ResolvedOptions): void {
  const { dialect } = sequelize;
  driverProblemOf(sequelize);
  for (const config of sequelize.configs()) {
    const driverConfig = sequelize.driverConfig(config);
    dialect.check(driverConfig);
    checkTarget(driverConfig, options, dialect);
  }
}

/** Takes steps that return how to undo them; the returned function undoes all. Where one throws, those before it are undone. */
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

function driverProblemOf({ driver, dialect }: SequelizeInstance): string | undefined {
  return driver === undefined ? undefined : dialect.checkDriver?.(driver);
}

function poolContextOf(
  sequelize: SequelizeInstance,
  watches: ReadonlyMap<Pool, PoolWatch>,
  config: ConnectionConfig,
): PoolContext {
  const watch = watches.get(sequelize.poolOf(config));
  if (watch === undefined) {
    throw new IamAuthError(
      'ERR_IAM_AUTH_UNSUPPORTED',
      'The pool was replaced after IAM authentication was added',
      { fix: 'add IAM authentication after whatever replaces the pool' },
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

/** Once for the process: it is the same driver for all instances. */
function warnOfDriver(problem: string | undefined, { warn }: Diagnostics): void {
  if (problem === undefined || warnedDrivers.has(problem)) return;
  warnedDrivers.add(problem);
  warn(`sequelize-rds-iam: ${problem}`);
}

function closedError(why: string): IamAuthError {
  return new IamAuthError('ERR_IAM_AUTH_CLOSED', `The connection was not opened: ${why}`);
}
