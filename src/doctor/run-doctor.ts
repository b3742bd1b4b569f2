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

export interface DoctorOptions {
  /** The folder of the application, from which its Sequelize and its configuration are found. Default: the working directory. */
  cwd?: string | undefined;
  /** Sequelize's own options, of version 6 or 7, with or without `iamAuth`, instead of a configuration file. */
  sequelizeOptions?: object | undefined;
  /**
   * An instance of Sequelize 6 or 7, instead of a configuration file: its options are examined, with the IAM options that it has. The
   * instance itself is neither used to connect, nor changed, nor closed.
   */
  sequelize?: SequelizeLike | undefined;
  /** The configuration file of sequelize-cli. Default: what `.sequelizerc` says, else `config/config.js`, else `config/config.json`. */
  config?: string | undefined;
  /** The entry of the configuration file. Default: `NODE_ENV`, else `development`. */
  env?: string | undefined;
  /** Options on top of those of the configuration. */
  iamAuth?: IamAuthOptions | undefined;
  /** Called with each result as soon as it is known. */
  onResult?: ((result: CheckResult) => void) | undefined;
}

/** In the order of `CheckId`, after `config`. */
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
 * Goes the way of a connection step by step, and says at which step it fails and why. Opens one connection to each host that ends
 * before a password is asked for, then logs in once as the application would; asks AWS STS, which needs no permission, for the
 * identity of the credentials and the time. No result holds a token, a password or a secret.
 * Throws `IamAuthError` when it cannot begin: `ERR_IAM_AUTH_OPTIONS` without a configuration or with two, `ERR_IAM_AUTH_UNSUPPORTED`
 * without Sequelize.
 */
export async function runDoctor(options: DoctorOptions = {}): Promise<DoctorReport> {
  const { cwd = process.cwd(), iamAuth = {}, onResult = () => undefined } = options;
  const load = configurationOf(options, cwd);
  const results: CheckResult[] = [];
  const report = (id: CheckResult['id'], finding: Finding, host?: string) => {
    const result = { id, ...finding, ...(host === undefined ? {} : { host }) };
    results.push(result);
    onResult(result);
  };

  const { finding, application, hosts = [] } = await checkConfig({ cwd, load, overrides: iamAuth });
  report('config', finding);
  if (application === undefined || finding.status === 'fail') {
    for (const { id } of CHECKS) report(id, skip('needs config'));
    return { ok: false, results, verdict: verdictOf(results) };
  }
  const nameOf = (host: Host) => (hosts.length > 1 ? host.name : undefined);
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
      if ('run' in check) report(check.id, await runOnce(check, context));
      else {
        const found = hosts.map((host) => runOnce(check, context, host));
        for (const [index, host] of hosts.entries()) {
          const one = await found[index];
          if (one !== undefined) report(check.id, one, nameOf(host));
        }
      }
    }
  } finally {
    for (const host of hosts) host.socket?.destroy();
  }
  const ok = results.every(({ status }) => status !== 'fail');
  return { ok, results, verdict: verdictOf(results) };
}

/** A check must not stop the others: one that throws has failed. */
async function runOnce(check: Check, context: DoctorContext, host?: Host): Promise<Finding> {
  const missing = check.needs.find((id) => {
    const status = context.statusOf(id, host);
    return status !== 'pass' && status !== 'warn';
  });
  if (missing !== undefined) return skip(`needs ${missing}`);
  try {
    if ('run' in check) return await check.run(context);
    if (host === undefined) throw new Error('A check of a host needs one');
    return await check.runForHost(host, context);
  } catch (error) {
    return fail(messageOf(error), 'Report this as a mistake of the doctor');
  }
}

function configurationOf(options: DoctorOptions, cwd: string): () => Promise<LoadedConfig> {
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
  const warnings = results.filter(({ status }) => status === 'warn').length;
  const skipped = results.filter(({ status }) => status === 'skip').length;
  const but = [
    warnings > 0 ? `${warnings} with a warning` : '',
    skipped > 0 ? `${skipped} skipped` : '',
  ].filter((text) => text !== '');
  return `IAM authentication works${but.length === 0 ? '' : ` (${but.join(', ')})`}`;
}
