import type { SequelizeLike } from '../attach/add-iam-auth';
import { messageOf } from '../errors';
import { authMethod } from './checks/auth-method';
import { clock } from './checks/clock';
import { checkConfig } from './checks/config';
import { credentials } from './checks/credentials';
import { dnsCheck } from './checks/dns';
import { endpoint } from './checks/endpoint';
import { login } from './checks/login';
import { pool } from './checks/pool';
import { region } from './checks/region';
import { tcp } from './checks/tcp';
import { tls } from './checks/tls';
import { givenConfig } from '../application/given-options';
import { skip, fail, type Check, type DoctorContext, type Finding, type Host } from './check';
import { findConfig, loadConfig, type LoadedConfig } from '../application/load-config';
import type { CheckResult, DoctorReport } from './report';
import type { IamAuthOptions } from '../options';
import { oneLine } from '../untrusted';

/** The options of `runDoctor`. Without `sequelizeOptions` and `sequelize`, it reads a configuration file. */
export interface DoctorOptions {
  /**
   * The application's folder, from which its Sequelize and its configuration file are resolved.
   * @default process.cwd()
   */
  cwd?: string | undefined;
  /** Options of Sequelize 6 or 7, with or without `iamAuth`, instead of a configuration file. */
  sequelizeOptions?: object | undefined;
  /**
   * An instance of Sequelize 6 or 7, instead of a configuration file. The doctor checks its options and its IAM options. It does not
   * use the instance to connect, change it or close it.
   */
  sequelize?: SequelizeLike | undefined;
  /**
   * The configuration file of sequelize-cli.
   * @default the one in `.sequelizerc`, else `config/config.js`, else `config/config.json`
   */
  config?: string | undefined;
  /**
   * The entry of the configuration file.
   * @default `NODE_ENV`, else `development`
   * @example 'production'
   */
  env?: string | undefined;
  /** IAM options that override those of the configuration. */
  iamAuth?: IamAuthOptions | undefined;
  /** Called with each result as soon as it is known. */
  onResult?: ((result: CheckResult) => void) | undefined;
}

/** The checks after `config`, in the order of `CheckId`. */
const CHECKS: readonly Check[] = [
  credentials,
  region,
  endpoint,
  dnsCheck,
  tcp,
  tls,
  authMethod,
  clock,
  login,
  pool,
];

/**
 * Checks a connection step by step and reports which step fails and why. On each host, it opens one connection that ends before a
 * password is requested, and then logs in once as the application would (twice after a denial). It asks AWS STS for the identity of
 * the credentials and for the time, which needs no permission. No result holds a token, password or secret.
 * @throws `IamAuthError` with `ERR_IAM_AUTH_OPTIONS` without a configuration or with two, and with `ERR_IAM_AUTH_UNSUPPORTED` if
 * Sequelize is not installed
 * @example
 * const { ok, verdict } = await runDoctor({ sequelize });
 * console.log(ok, verdict);
 */
export async function runDoctor(options: DoctorOptions = {}): Promise<DoctorReport> {
  const { cwd = process.cwd(), iamAuth = {}, onResult = () => undefined } = options;
  const load = chooseConfig(options, cwd);
  const results: CheckResult[] = [];
  const report = (id: CheckResult['id'], finding: Finding, host?: string) => {
    const result = printable({ id, ...finding, ...(host === undefined ? {} : { host }) });
    results.push(result);
    onResult(result);
  };

  const { finding, application, hosts = [] } = await checkConfig(cwd, load, iamAuth);
  report('config', finding);
  if (application === undefined || finding.status === 'fail') {
    for (const { id } of CHECKS) report(id, skip('needs config'));
    return { ok: false, results, verdict: verdictOf(results) };
  }
  const context: DoctorContext = {
    application,
    hosts,
    statusOf: (id, host) =>
      results.find(
        (result) =>
          result.id === id &&
          (result.host === undefined || host === undefined || result.host === host.name),
      )?.status,
  };
  try {
    for (const check of CHECKS) {
      const runs =
        'run' in check
          ? [{ name: undefined, found: runOnce(check, () => check.run(context), context) }]
          : hosts.map((host) => ({
              name: hosts.length > 1 ? host.name : undefined,
              found: runOnce(check, () => check.runForHost(host, context), context, host),
            }));
      for (const { found, name } of runs) report(check.id, await found, name);
    }
  } finally {
    for (const host of hosts) host.socket?.destroy();
  }
  const ok = results.every(({ status }) => status !== 'fail');
  return { ok, results, verdict: verdictOf(results) };
}

/** Names and messages from outside, as a line each. */
function printable({ summary, fix, host, ...result }: CheckResult): CheckResult {
  return {
    ...result,
    summary: oneLine(summary),
    ...(fix !== undefined && { fix: oneLine(fix) }),
    ...(host !== undefined && { host: oneLine(host) }),
  };
}

/** Skips a check whose needs are not met. A check that throws has failed, and does not stop the others. */
async function runOnce(
  { needs }: Check,
  run: () => Promise<Finding> | Finding,
  { statusOf }: DoctorContext,
  host?: Host,
): Promise<Finding> {
  const missing = needs.find((id) => !['pass', 'warn'].includes(String(statusOf(id, host))));
  if (missing !== undefined) return skip(`needs ${missing}`);
  try {
    return await run();
  } catch (error) {
    return fail(messageOf(error), 'Report this as a bug of the doctor');
  }
}

function chooseConfig(options: DoctorOptions, cwd: string): () => Promise<LoadedConfig> {
  const { config, env } = options;
  const given = givenConfig(options);
  if (given !== undefined) return () => Promise.resolve(given);
  const location = { cwd, config, env };
  findConfig(location);
  return () => loadConfig(location);
}

function verdictOf(results: readonly CheckResult[]): string {
  const failed = results.find(({ status }) => status === 'fail');
  if (failed !== undefined) {
    const where = failed.host === undefined ? '' : ` (${failed.host})`;
    return `${failed.id}${where} failed: ${failed.fix ?? failed.summary}`;
  }
  const counted = (['warn', 'skip'] as const).flatMap((status) => {
    const count = results.filter((result) => result.status === status).length;
    return count === 0 ? [] : `${count} ${status === 'warn' ? 'with a warning' : 'skipped'}`;
  });
  return `IAM authentication works${counted.length === 0 ? '' : ` (${counted.join(', ')})`}`;
}
