import { isRdsName, parseRegion } from '../endpoint/endpoint';
import { KEEP_MEMORY_FREE, SET_CLOCK, SET_HOSTNAME } from '../explanations/known-error';
import type { DoctorContext, Host } from './check';
import type { PossibleCause } from './report';
import { signedElsewhere, type SignedElsewhere } from './signed-elsewhere';

/** What the earlier checks found. */
interface Observations {
  /** A second login succeeded. */
  readonly isIntermittent: boolean;
  /** AWS STS has confirmed the credentials. */
  readonly areCredentialsKnown: boolean;
  readonly clock: 'right' | 'wrong' | 'unknown';
  readonly isRdsHost: boolean;
  readonly isRegionInHost: boolean;
  /** How the signed endpoint differs from the connect target. */
  readonly elsewhere: SignedElsewhere;
}

interface KnownCause extends PossibleCause {
  /** From 0 (ruled out) to 100 (almost certain). */
  readonly likelihood: (observed: Observations) => number;
}

const METRIC = 'CloudWatch metric IamDbAuthConnectionFailure';
const LOG = 'iam-db-auth-error log:';
const INVALID = `${LOG} "the provided token is malformed or otherwise invalid"; ${METRIC}InvalidToken`;

const CAUSES: readonly KnownCause[] = [
  {
    id: 'policy',
    cause: "The role's policy does not allow rds-db:connect for this user on the resource ID",
    fix: 'Attach the policy that npx sequelize-rds-iam policy prints, with the resource ID, not the name, and the exact user name',
    evidence: `${LOG} "is not authorized to perform rds-db:connect"; ${METRIC}InsufficientPermissions`,
    likelihood: () => 50,
  },
  {
    id: 'credentials',
    cause: 'The credentials are invalid: wrong secret, expired session, or another partition',
    fix: 'Run aws sts get-caller-identity with the same credentials, and replace them if that fails',
    evidence: INVALID,
    likelihood: ({ areCredentialsKnown }) => (areCredentialsKnown ? 0 : 40),
  },
  {
    id: 'custom-name',
    cause: 'The token is signed for a name that is not the RDS endpoint',
    fix: SET_HOSTNAME,
    evidence: INVALID,
    likelihood: ({ isRdsHost, elsewhere }) => {
      if (!isRdsHost) return 90;
      return elsewhere.isHostUnexplained ? 65 : elsewhere.isOtherHost ? 35 : 0;
    },
  },
  {
    id: 'port',
    cause: "The token is signed for a port other than the endpoint's",
    fix: "Compare the signed port with the endpoint's in the RDS console, and correct or remove iamAuth.endpoint.port",
    evidence: INVALID,
    likelihood: ({ elsewhere }) => (elsewhere.isOtherPort ? 60 : elsewhere.isOtherHost ? 36 : 0),
  },
  {
    id: 'region',
    cause: "The token is signed for a Region other than the database's",
    fix: 'Set iamAuth.region to the Region of the database, not of the application',
    evidence: INVALID,
    likelihood: ({ isRegionInHost }) => (isRegionInHost ? 0 : 70),
  },
  {
    id: 'clock',
    cause: "This machine's clock is wrong, so the token has expired or is not valid yet",
    fix: SET_CLOCK,
    evidence: `${LOG} "the token age is longer than 15 minutes"; ${METRIC}InvalidToken`,
    likelihood: ({ clock }) => ({ wrong: 100, unknown: 20, right: 0 })[clock],
  },
  {
    id: 'throttled',
    cause: 'Too many new connections per second reach the instance, from all processes together',
    fix: 'Set limiter.processes to the number of processes, keep connections open, or use RDS Proxy',
    evidence: `${LOG} "due to IAM DB authentication throttling"; ${METRIC}Throttling`,
    likelihood: ({ isIntermittent }) => (isIntermittent ? 100 : 10),
  },
  {
    id: 'user',
    cause:
      'The user does not exist (names are case-sensitive), or was not created for IAM authentication',
    fix: 'Create the user with the SQL that npx sequelize-rds-iam policy prints',
    evidence:
      'SELECT user, host, plugin FROM mysql.user (MySQL); \\du shows the role rds_iam (psql)',
    likelihood: () => 15,
  },
  {
    id: 'memory',
    cause: 'The instance has too little memory to verify tokens, or AWS has an outage',
    fix: KEEP_MEMORY_FREE,
    evidence: `${LOG} "due to an internal IAM DB authentication error"; ${METRIC}ServerError`,
    likelihood: ({ isIntermittent }) => (isIntermittent ? 40 : 5),
  },
];

/** The possible causes of a denied login, the most likely first. */
export function possibleCausesFor(
  host: Host,
  context: DoctorContext,
  isIntermittent: boolean,
): PossibleCause[] {
  const observed = observe(host, context, isIntermittent);
  return CAUSES.map(({ likelihood, ...cause }) => ({ cause, weight: likelihood(observed) }))
    .filter(({ weight }) => weight > 0)
    .sort((one, other) => other.weight - one.weight)
    .map(({ cause }) => cause);
}

function observe(
  { endpoint, connectTarget }: Host,
  { application, statusOf, isIdentityKnown }: DoctorContext,
  isIntermittent: boolean,
): Observations {
  const hostname = endpoint?.hostname ?? connectTarget.hostname;
  const port = endpoint?.port ?? connectTarget.port;
  const clock = statusOf('clock');
  return {
    isIntermittent,
    areCredentialsKnown: isIdentityKnown === true,
    clock: clock === 'skip' ? 'unknown' : clock === 'fail' ? 'wrong' : 'right',
    isRdsHost: isRdsName(hostname),
    isRegionInHost: parseRegion(hostname) !== undefined,
    elsewhere: signedElsewhere({ hostname, port }, connectTarget, application.dialect.defaultPort),
  };
}
