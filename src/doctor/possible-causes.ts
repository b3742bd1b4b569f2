import { isRdsName, parseRegion } from '../endpoint/endpoint';
import type { DoctorContext, Host } from './check';
import type { PossibleCause } from './report';
import { signedElsewhere, type SignedElsewhere } from './signed-elsewhere';

/** What the checks before the login leave open. */
interface Evidence {
  /** A second login passed. */
  readonly isIntermittent: boolean;
  /** AWS STS knows the credentials. */
  readonly areCredentialsKnown: boolean;
  readonly clock: 'right' | 'wrong' | 'unknown';
  readonly isRdsHost: boolean;
  readonly isRegionInHost: boolean;
  /** The token is signed for another endpoint than is connected to. */
  readonly elsewhere: SignedElsewhere;
}

interface Suspect extends PossibleCause {
  /** From 0, ruled out, to 100, as good as told. */
  readonly likelihood: (evidence: Evidence) => number;
}

const METRIC = 'CloudWatch metric IamDbAuthConnectionFailure';
const LOG = 'iam-db-auth-error log:';
const INVALID = `${LOG} "the provided token is malformed or otherwise invalid"; ${METRIC}InvalidToken`;

const SUSPECTS: readonly Suspect[] = [
  {
    id: 'policy',
    cause: 'The policy of the role does not allow rds-db:connect for this user on the resource id',
    fix: 'Attach what npx sequelize-rds-iam policy prints: the resource id, not the name, and the user in the same case',
    evidence: `${LOG} "is not authorized to perform rds-db:connect"; ${METRIC}InsufficientPermissions`,
    likelihood: () => 50,
  },
  {
    id: 'credentials',
    cause:
      'The credentials are not valid: another secret, a session that has ended, or another partition',
    fix: 'Run aws sts get-caller-identity with the same credentials, and replace them if that fails',
    evidence: INVALID,
    likelihood: ({ areCredentialsKnown }) => (areCredentialsKnown ? 0 : 40),
  },
  {
    id: 'custom-name',
    cause: 'The token is signed for a name that is not the RDS endpoint',
    fix: "Set iamAuth.endpoint.hostname to the endpoint's name in the RDS console",
    evidence: INVALID,
    likelihood: ({ isRdsHost, elsewhere }) => {
      if (!isRdsHost) return 90;
      return elsewhere.isHostOdd ? 65 : elsewhere.host ? 35 : 0;
    },
  },
  {
    id: 'port',
    cause: 'The token is signed for another port than the endpoint has',
    fix: "Compare the port that is signed for with the endpoint's in the RDS console, and correct or remove iamAuth.endpoint.port",
    evidence: INVALID,
    likelihood: ({ elsewhere }) => (elsewhere.port ? 60 : elsewhere.host ? 36 : 0),
  },
  {
    id: 'region',
    cause: "The token is signed for another Region than the database's",
    fix: 'Set iamAuth.region to the Region of the database, not of the application',
    evidence: INVALID,
    likelihood: ({ isRegionInHost }) => (isRegionInHost ? 0 : 70),
  },
  {
    id: 'clock',
    cause: "This machine's clock is wrong, so that the token has expired or is not valid yet",
    fix: 'Set the clock of this machine, for instance with chrony and the Amazon Time Sync Service',
    evidence: `${LOG} "the token age is longer than 15 minutes"; ${METRIC}InvalidToken`,
    likelihood: ({ clock }) => ({ wrong: 100, unknown: 20, right: 0 })[clock],
  },
  {
    id: 'throttled',
    cause: 'Too many new connections per second reach the instance, from all processes together',
    fix: 'Tell limiter.processes how many processes there are, keep connections open, or use RDS Proxy',
    evidence: `${LOG} "due to IAM DB authentication throttling"; ${METRIC}Throttling`,
    likelihood: ({ isIntermittent }) => (isIntermittent ? 100 : 10),
  },
  {
    id: 'user',
    cause:
      'The user does not exist under this name, which is case sensitive, or not for IAM authentication',
    fix: 'Create the user with the SQL that npx sequelize-rds-iam policy prints',
    evidence:
      'SELECT user, host, plugin FROM mysql.user (MySQL), or \\du (psql): rds_iam among its roles',
    likelihood: () => 15,
  },
  {
    id: 'memory',
    cause: 'The instance has too little memory to verify tokens, or AWS has a fault',
    fix: 'Leave IAM authentication 300 to 1000 MiB, and try again',
    evidence: `${LOG} "due to an internal IAM DB authentication error"; ${METRIC}ServerError`,
    likelihood: ({ isIntermittent }) => (isIntermittent ? 40 : 5),
  },
];

/** The reasons that remain for a refused login, the likeliest first. */
export function possibleCausesFor(
  host: Host,
  context: DoctorContext,
  isIntermittent: boolean,
): PossibleCause[] {
  const evidence = evidenceOf(host, context, isIntermittent);
  return SUSPECTS.map(({ likelihood, ...candidate }) => ({
    candidate,
    weight: likelihood(evidence),
  }))
    .filter(({ weight }) => weight > 0)
    .sort((one, other) => other.weight - one.weight)
    .map(({ candidate }) => candidate);
}

function evidenceOf(
  { endpoint, connectTarget }: Host,
  { application, statusOf, isIdentityKnown }: DoctorContext,
  isIntermittent: boolean,
): Evidence {
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
