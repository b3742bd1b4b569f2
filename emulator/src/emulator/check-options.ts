import { parsePolicy } from '../iam/policy-document';
import type { StartEmulatorOptions } from './emulator-types';
import { UsageError } from '../usage-error';

const KNOWN: Readonly<Record<keyof StartEmulatorOptions, true>> = {
  backend: true,
  start: true,
  users: true,
  hostname: true,
  region: true,
  engine: true,
  port: true,
  limit: true,
  resourceId: true,
  account: true,
  role: true,
  credentialsLifetimeMs: true,
  policies: true,
  faults: true,
  keep: true,
  onAttempt: true,
};

function checkNames(options: object): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(KNOWN, name)) continue;
    if (/key|secret|credentials$|token/i.test(name))
      throw new UsageError(
        `${name}: the emulator accepts only access keys that it made itself, and is no place for those of AWS: take them from env`,
      );
    throw new UsageError(`${name} is no option: there are ${Object.keys(KNOWN).join(', ')}`);
  }
}

function checkNumber(name: string, value: number | undefined, max: number): void {
  if (value === undefined) return;
  if (!Number.isSafeInteger(value) || value < 0 || value > max)
    throw new UsageError(`${name} ${value} must be a whole number from 0 to ${max}`);
}

function checkPolicies(policies: StartEmulatorOptions['policies'] = []): void {
  try {
    for (const policy of policies) parsePolicy(policy);
  } catch (cause) {
    throw new UsageError(`policy: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** @throws {UsageError} that names the option, and what to write. */
export function checkOptions(options: StartEmulatorOptions): void {
  checkNames(options);
  const { backend, start, account, port, limit } = options;
  if (backend === undefined && start === undefined)
    throw new UsageError(
      'backend is missing: give the URL of a database, such as mysql://root:password@127.0.0.1:3306/app, or set start to mariadb or postgres for a private server',
    );
  if (backend !== undefined && start !== undefined)
    throw new UsageError('backend and start exclude each other: leave one away');
  if (start !== undefined && !['mariadb', 'postgres'].includes(start))
    throw new UsageError(`start ${start}: write mariadb or postgres`);
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw new UsageError('account must be the twelve digits of an AWS account');
  if (options.credentialsLifetimeMs !== undefined && !options.role)
    throw new UsageError('credentialsLifetimeMs needs role: an access key does not expire');
  checkPolicies(options.policies);
  checkNumber('port', port, 65_535);
  checkNumber('limit', limit, 1_000_000);
}
