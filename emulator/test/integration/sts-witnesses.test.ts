import { devNull } from 'node:os';
import { AccessKeys, startCredentialServices, type CredentialServices } from 'rds-iam-emulator';
import {
  awsCli,
  INSTALL_TIMEOUT_MS,
  prepareWitnesses,
  python,
} from '../../../test/harness/witnesses';

jest.setTimeout(60_000);

const USER = { accessKeyId: 'AKIDUSER', secretAccessKey: 'user/secret+' };
const ROLE = 'arn:aws:iam::123456789012:role/app';
const SESSION_ARN = 'arn:aws:sts::123456789012:assumed-role/app/app';

let keys: AccessKeys;
let services: CredentialServices;
let offsetMs: number;
beforeAll(() => void prepareWitnesses(), INSTALL_TIMEOUT_MS);
beforeEach(async () => {
  offsetMs = 0;
  keys = new AccessKeys({
    [USER.accessKeyId]: { ...USER, arn: 'arn:aws:iam::123456789012:user/jane' },
  });
  services = await startCredentialServices({
    keys,
    role: { arn: ROLE, lifetimeMs: 3_600_000 },
    clock: () => Date.now() + offsetMs,
  });
});
afterEach(() => services.close());

/** The environment of a program that has nothing but these. */
const only = (variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_REGION: 'eu-west-1',
  AWS_DEFAULT_REGION: 'eu-west-1',
  AWS_MAX_ATTEMPTS: '1',
  ...variables,
});
const asUser = (changes: NodeJS.ProcessEnv = {}) =>
  only({
    AWS_ACCESS_KEY_ID: USER.accessKeyId,
    AWS_SECRET_ACCESS_KEY: USER.secretAccessKey,
    ...changes,
  });
const sts = (command: readonly string[], env: NodeJS.ProcessEnv) =>
  awsCli(['sts', ...command, '--endpoint-url', services.origin, '--output', 'json'], env);

describe('the AWS CLI', () => {
  it('learns who it is', async () => {
    const { stdout, stderr } = await sts(['get-caller-identity'], asUser());
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      Account: '123456789012',
      Arn: 'arn:aws:iam::123456789012:user/jane',
      UserId: expect.stringMatching(/^AIDA/) as string,
    });
  });

  it('assumes the role, and is it', async () => {
    const command = ['assume-role', '--role-arn', ROLE, '--role-session-name', 'cli'];
    const { stdout } = await sts(command, asUser());
    const { Credentials } = JSON.parse(stdout) as { Credentials: Record<string, string> };
    const asRole = only({
      AWS_ACCESS_KEY_ID: Credentials['AccessKeyId'],
      AWS_SECRET_ACCESS_KEY: Credentials['SecretAccessKey'],
      AWS_SESSION_TOKEN: Credentials['SessionToken'],
    });
    const identity = await sts(['get-caller-identity', '--query', 'Arn'], asRole);
    expect(JSON.parse(identity.stdout)).toBe('arn:aws:sts::123456789012:assumed-role/app/cli');
    offsetMs = 3_600_000;
    const late = await sts(['get-caller-identity'], asRole);
    expect(late.stderr).toContain('(SignatureDoesNotMatch)');
    expect(late.stderr).toContain('Signature expired: ');
  });

  it.each([
    {
      with: 'an unknown key',
      changes: { AWS_ACCESS_KEY_ID: 'AKIDOTHER' },
      says: 'InvalidClientTokenId',
    },
    {
      with: 'another secret',
      changes: { AWS_SECRET_ACCESS_KEY: 'x' },
      says: 'SignatureDoesNotMatch',
    },
    {
      with: 'a session token too many',
      changes: { AWS_SESSION_TOKEN: 'x' },
      says: 'InvalidClientTokenId',
    },
  ])('is told $says with $with', async ({ changes, says }) => {
    const { status, stderr } = await sts(['get-caller-identity'], asUser(changes));
    expect(status).not.toBe(0);
    expect(stderr).toContain(`An error occurred (${says}) when calling the GetCallerIdentity`);
  });

  it('is told that its credentials have expired', async () => {
    keys.add(USER.accessKeyId, { ...USER, expiresAt: Date.now() });
    const { stderr } = await sts(['get-caller-identity'], asUser());
    expect(stderr).toContain(
      'An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The security token included in the request is expired',
    );
  });

  it('is denied another role', async () => {
    const command = ['assume-role', '--role-arn', `${ROLE}2`, '--role-session-name', 'cli'];
    const { stderr } = await sts(command, asUser());
    expect(stderr).toContain('An error occurred (AccessDenied) when calling the AssumeRole');
  });

  it.each(['container', 'instance'])('gets its credentials from the %s', async (from) => {
    const { AWS_EC2_METADATA_SERVICE_ENDPOINT, ...container } = services.env;
    const env =
      from === 'container'
        ? only(container)
        : only({ AWS_EC2_METADATA_SERVICE_ENDPOINT, AWS_EC2_METADATA_DISABLED: 'false' });
    const { stdout, stderr } = await sts(['get-caller-identity', '--query', 'Arn'], env);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toBe(SESSION_ARN);
  });
});

const BOTO = `
import boto3, json, sys, urllib.request
sts = boto3.client('sts', endpoint_url=sys.argv[1])
credentials = sts.assume_role(RoleArn=sys.argv[2], RoleSessionName='boto')['Credentials']
session = boto3.Session(credentials['AccessKeyId'], credentials['SecretAccessKey'], credentials['SessionToken'])
as_role = session.client('sts', endpoint_url=sys.argv[1])
presigned = as_role.generate_presigned_url('get_caller_identity', HttpMethod='GET')
with urllib.request.urlopen(presigned) as answer:
    body = answer.read().decode()
print(json.dumps([as_role.get_caller_identity()['Arn'], body]))
`;

it('boto3 assumes the role, and a URL that it presigns says so', async () => {
  const { stdout, stderr } = await python(BOTO, [services.origin, ROLE], asUser());
  expect(stderr).toBe('');
  const arn = 'arn:aws:sts::123456789012:assumed-role/app/boto';
  expect(JSON.parse(stdout)).toEqual([arn, expect.stringContaining(`<Arn>${arn}</Arn>`)]);
});
