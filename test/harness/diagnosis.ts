import { runDoctor, type DoctorOptions, type DoctorReport } from 'sequelize-rds-iam/doctor';
import type { IamAuthOptions } from 'sequelize-rds-iam';
import { type EmulatedSts } from './credential-services';
import { ROOT } from './child';
import { CREDENTIALS } from './rds';

const HOUR_MS = 3_600_000;

/** A password that someone left in a configuration. */
export const LEFT_PASSWORD = 'hunter2';
/** A secret key that belongs to no access key. */
const WRONG_SECRET = 'not/the/secret/access/key';

/** What must never be said; a token as a whole, and each secret that goes into one. */
const SECRETS = [
  'X-Amz-Signature',
  'X-Amz-Security-Token',
  'Action=connect',
  'Signature=',
  LEFT_PASSWORD,
  WRONG_SECRET,
  CREDENTIALS.secretAccessKey,
  ...[CREDENTIALS.sessionToken, encodeURIComponent(CREDENTIALS.sessionToken)].map((token) =>
    token.slice(0, 25),
  ),
];

/** The secrets in a text. */
export function secretsIn(text: string): string[] {
  return SECRETS.filter((secret) => text.includes(secret));
}

/** What the doctor must find. */
export interface Diagnosis {
  readonly fails: string;
  /** Where it may show as well: a reset can come before or after the connection is reported. */
  readonly or?: string;
  readonly fix: RegExp;
  /** The true cause, among those that a refused login leaves; `!` first: it can be told. */
  readonly cause?: string;
}

/** Something wrong with an application's options. */
interface OptionFault extends Diagnosis {
  readonly fault: string;
  /** Makes it, and returns the options that are wrong. */
  readonly make: () => { readonly sequelize?: object; readonly iamAuth?: IamAuthOptions };
}

/** From here on, AWS STS cannot be reached. */
export function stsOutOfReach(): void {
  process.env.AWS_ENDPOINT_URL_STS = 'http://127.0.0.1:9/';
}

/** The AWS SDK's default provider chain, which no other test has asked yet. */
export function defaultChain(): IamAuthOptions {
  return { credentials: undefined, profile: `doctor-${Math.random()}` };
}

/** The faults that look the same whatever the engine, the driver and the version of Sequelize. */
export function optionFaults(sts: () => EmulatedSts): OptionFault[] {
  return [
    {
      fault: 'a password left in the config',
      make: () => ({ sequelize: { password: LEFT_PASSWORD } }),
      fails: 'config',
      fix: /^Remove (?:dialectOptions\.)?password; the token is the password$/,
    },
    {
      fault: 'no credentials',
      make: () => ({ iamAuth: defaultChain() }),
      fails: 'credentials',
      fix: /role.*profile/,
    },
    {
      fault: 'credentials whose provider says they expired',
      make: () => ({
        iamAuth: { credentials: { ...CREDENTIALS, expiration: new Date(Date.now() - HOUR_MS) } },
      }),
      fails: 'credentials',
      fix: /Renew them/,
    },
    {
      fault: 'a session that AWS says has ended',
      make: () => {
        sts().refuseWith('ExpiredToken');
        return {};
      },
      fails: 'credentials',
      fix: /Renew the credentials/,
    },
    {
      fault: 'a wrong secret key',
      make: () => ({ iamAuth: { credentials: { ...CREDENTIALS, secretAccessKey: WRONG_SECRET } } }),
      fails: 'credentials',
      fix: /AWS_SECRET_ACCESS_KEY/,
    },
    {
      fault: 'a wrong secret key, with STS out of reach',
      make: () => {
        stsOutOfReach();
        return { iamAuth: { credentials: { ...CREDENTIALS, secretAccessKey: WRONG_SECRET } } };
      },
      fails: 'login',
      fix: /endpoint\.port/,
      cause: 'credentials',
    },
    {
      fault: 'a region that contradicts the host',
      make: () => ({ iamAuth: { region: 'eu-west-1' } }),
      fails: 'region',
      fix: /^Remove the region option$/,
    },
    {
      fault: 'an address for a host',
      make: () => ({ iamAuth: { endpoint: undefined } }),
      fails: 'endpoint',
      fix: /iamAuth\.endpoint\.hostname/,
    },
  ];
}

/** The first check that failed. */
export function firstFailure({
  results,
}: DoctorReport): DoctorReport['results'][number] | undefined {
  return results.find(({ status }) => status === 'fail');
}

/** What is not as it should be. */
export function alarms({ results }: DoctorReport): DoctorReport['results'] {
  return results.filter(({ status }) => status !== 'pass');
}

/** Fails unless the doctor found this. */
export function expectDiagnosis(
  report: DoctorReport,
  { fails, or = fails, fix, cause }: Diagnosis,
): void {
  expect(report.ok).toBe(false);
  const failure = firstFailure(report);
  expect([fails, or]).toContain(failure?.id);
  expect(failure?.fix).toMatch(fix);
  expect(report.verdict).toBe(`${failure?.id ?? ''} failed: ${failure?.fix ?? ''}`);
  const possibleCauses = report.results.find(({ id }) => id === 'login')?.possibleCauses ?? [];
  const ids = possibleCauses.map(({ id }) => id);
  if (cause?.startsWith('!')) expect(ids[0]).toBe(cause.slice(1));
  else if (cause !== undefined) expect(ids).toContain(cause);
  else expect(ids).toEqual([]);
  for (const { evidence } of possibleCauses)
    expect(evidence).toMatch(/iam-db-auth-error|mysql\.user/);
}

/** Runs the doctor in this repository. It must say each result as it comes, in one line, and no secret. */
export async function examine(options: DoctorOptions): Promise<DoctorReport> {
  const streamed: unknown[] = [];
  const report = await runDoctor({ cwd: ROOT, onResult: (one) => streamed.push(one), ...options });
  expect(streamed).toEqual(report.results);
  expect(secretsIn(JSON.stringify(report))).toEqual([]);
  for (const { summary, fix = '' } of report.results)
    for (const control of ['\n', '\u001b']) expect(summary + fix).not.toContain(control);
  return report;
}
