import { Signer } from '@aws-sdk/rds-signer';
import type { TokenRequest } from '../../../test/harness/sign-token';
import { KEYS } from '../../../test/harness/emulated-endpoint';
import { awsCliToken, botoToken, type WitnessRequest } from '../../../test/harness/witnesses';

const MINUTE_MS = 60_000;

/** The name that is signed for, which the witnesses reach on loopback. */
export const HOSTNAME = 'orders.abcdefghijkl.eu-west-1.rds.amazonaws.com';

/** A user whose name must be escaped in every part of a token. */
export const SPECIAL_USER = 'a+b@c d';

/** Programs that sign tokens, none of them ours. */
export const signers = [
  { tool: 'the AWS CLI', sign: awsCliToken },
  { tool: 'boto3', sign: botoToken },
  {
    tool: '@aws-sdk/rds-signer',
    sign: (request: WitnessRequest) => new Signer(request).getAuthToken(),
  },
];

/** Keys with which they sign. */
export const keys = [
  { key: 'a user’s key', credentials: { accessKeyId: 'AKIDUSER', ...KEYS.AKIDUSER } },
  { key: 'a role’s key', credentials: { accessKeyId: 'ASIAROLE', ...KEYS.ASIAROLE } },
];

/** What makes a token a bad one, and the reason that the emulator must note; `port` is not the right one of any engine here. */
export const badTokens: { reason: string; changes: Partial<TokenRequest> }[] = [
  { reason: 'host', changes: { hostname: '127.0.0.1' } },
  { reason: 'port', changes: { port: 3306 } },
  { reason: 'user', changes: { username: SPECIAL_USER } },
  { reason: 'region', changes: { region: 'us-east-1' } },
  { reason: 'service', changes: { service: 'rds' } },
  { reason: 'unknown-key', changes: { accessKeyId: 'AKIDOTHER' } },
  { reason: 'signature', changes: { secretAccessKey: 'another' } },
  { reason: 'session-token', changes: { sessionToken: 'another' } },
  { reason: 'expired', changes: { signedAt: Date.now() - 15 * MINUTE_MS } },
  { reason: 'not-yet-valid', changes: { signedAt: Date.now() + 7 * MINUTE_MS } },
  { reason: 'malformed', changes: { overrides: { 'X-Amz-Expires': '3600' } } },
];
