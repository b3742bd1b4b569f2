/** Why a token is refused. */
export type TokenRefusal =
  | 'malformed'
  | 'service'
  | 'region'
  | 'host'
  | 'port'
  | 'user'
  | 'not-yet-valid'
  | 'expired'
  | 'unknown-key'
  | 'session-token'
  | 'signature'
  | 'credentials-expired'
  | 'not-authorized'
  | 'wrong-account';

/** Everything that RDS writes into `iam-db-auth-error`. */
export type LoggedRefusal = TokenRefusal | 'throttled' | 'internal-error';

/** What a refusal was about; never the token, its signature or a session token. */
export interface RefusalDetails {
  /** Who tried to log in. */
  readonly username: string;
  /** The ARN or the access key id of who signed. */
  readonly caller?: string;
  /** What the token should have said, and what it said. */
  readonly expected?: string | number;
  readonly found?: string | number;
}

/** One refusal, told twice. */
export interface RefusalDescription {
  /**
   * The line of the log `iam-db-auth-error`, in the words of "Troubleshooting for IAM DB authentication" in the RDS User Guide.
   * AWS does not document which line RDS writes for each cause; the choice among them is the emulator’s.
   */
  readonly line: string;
  /** The cause in the emulator’s own words, which RDS does not tell. */
  readonly cause: string;
}

const MAX_SHOWN = 255;

/** A value of a client, on one line and no longer than a host name. */
function shown(value: string | number | undefined): string {
  // eslint-disable-next-line no-control-regex -- a line of a log must stay one line
  const text = String(value).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?');
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

const another =
  (part: string) =>
  ({ expected, found }: RefusalDetails): string =>
    `It is signed for ${part} ${shown(found)}, not ${shown(expected)}`;

const CAUSES: Readonly<Record<LoggedRefusal, (details: RefusalDetails) => string>> = {
  malformed: () => 'It is no token of RDS: it must be host:port/?Action=connect&DBUser=…',
  service: another('the service'),
  region: another('the Region'),
  host: another('the host'),
  port: another('the port'),
  user: another('the user'),
  'not-yet-valid': () => 'It is signed more than 5 minutes in the future: a clock is wrong',
  expired: () => 'It has expired',
  'unknown-key': ({ caller }) => `No one has the access key ${shown(caller)}`,
  'session-token': ({ caller }) => `Its session token is not that of ${shown(caller)}`,
  signature: ({ caller }) =>
    `Its signature is not that of ${shown(caller)}: a wrong secret, or changed`,
  'credentials-expired': ({ caller }) =>
    `It is signed with expired credentials, of ${shown(caller)}`,
  'not-authorized': ({ caller, expected }) =>
    `No policy of ${shown(caller)} allows rds-db:connect on ${shown(expected)}, or one denies it`,
  'wrong-account': ({ caller, expected }) =>
    `${shown(caller)} may rds-db:connect in another account only, not on ${shown(expected)}`,
  throttled: () => 'There were more logins in a second than the limit',
  'internal-error': () => 'The emulator was told to fail',
};

/** What follows the user; all others are said to be invalid tokens. The uneven spaces are AWS’s. */
const ENDINGS: Partial<Readonly<Record<LoggedRefusal, (caller: string) => string>>> = {
  expired: () =>
    'because the token age is longer than 15 minutes. (Status Code: 400, Error Code:ExpiredToken)',
  'not-authorized': notAuthorized,
  'wrong-account': notAuthorized,
  throttled: () =>
    'due to IAM DB authentication throttling. (Status Code: 429, Error Code: ThrottlingException)',
  'internal-error': () =>
    'due to an internal IAM DB authentication error. (Status Code: 500, Error Code: InternalError)',
};

function notAuthorized(caller: string): string {
  return (
    `because the IAM policy assumed by the caller '${caller}' is not authorized to perform rds-db:connect on the DB instance. ` +
    '(Status Code: 403, Error Code:NotAuthorized)'
  );
}

const invalidToken = () =>
  'because the provided token is malformed or otherwise invalid. (Status Code: 400, Error Code: InvalidToken)';

function lineOf(reason: LoggedRefusal, { username, caller }: RefusalDetails): string {
  const ending = ENDINGS[reason] ?? invalidToken;
  const verb = ending === invalidToken || reason === 'expired' ? 'authenticate' : 'authorize';
  return `[ERROR] Failed to ${verb} the connection request for user ${shown(username)} ${ending(shown(caller))}`;
}

/** Tells a refusal as RDS writes it into its log, and why. */
export const describeRefusal = (
  reason: LoggedRefusal,
  details: RefusalDetails,
): RefusalDescription => ({
  line: lineOf(reason, details),
  cause: CAUSES[reason](details),
});
