import { matchesGlob } from './glob';
import { many, statementsOf, type PolicyDocument, type PolicyStatement } from './policy-document';

const ACTION = 'rds-db:connect';

/** A database user of a database, as policies name it. */
export interface DatabaseUser {
  readonly region: string;
  /** Of the database. */
  readonly account: string;
  /** Of the DB cluster or the DB instance, like `cluster-ABC` or `db-ABC`. */
  readonly resourceId: string;
  readonly username: string;
}

/** What the policies of an identity say. `wrong-account`: they allow the user, in an account that is not the database’s. */
export type PolicyVerdict = 'allowed' | 'denied' | 'wrong-account';

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** The ARN of a database user. */
export const databaseUserArn = ({ region, account, resourceId, username }: DatabaseUser): string =>
  `arn:${partitionOf(region)}:rds-db:${region}:${account}:dbuser:${resourceId}/${username}`;

/** The account in an ARN. */
export const accountOf = (arn: string): string | undefined => arn.split(':')[4];

const isAction = (pattern: string) => matchesGlob(pattern.toLowerCase(), ACTION);

function appliesTo(statement: PolicyStatement, isResource: (pattern: string) => boolean): boolean {
  const action = statement.Action
    ? many(statement.Action).some(isAction)
    : !many(statement.NotAction).some(isAction);
  const resource = statement.Resource
    ? many(statement.Resource).some(isResource)
    : !many(statement.NotResource).some(isResource);
  return action && resource;
}

function effectOn(
  policies: readonly PolicyDocument[],
  isResource: (pattern: string) => boolean,
): 'allowed' | 'denied' {
  const effects = policies
    .flatMap(statementsOf)
    .filter((statement) => appliesTo(statement, isResource))
    .map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny') ? 'allowed' : 'denied';
}

/** Evaluates `rds-db:connect` as IAM does: an explicit `Deny` wins, and what nothing allows is denied. */
export function evaluatePolicies(
  policies: readonly PolicyDocument[],
  user: DatabaseUser,
): PolicyVerdict {
  const arn = databaseUserArn(user);
  if (effectOn(policies, (pattern) => matchesGlob(pattern, arn)) === 'allowed') return 'allowed';

  const inAnyAccount = (pattern: string) => {
    const parts = pattern.split(':');
    const isArn = parts.length >= 6;
    return matchesGlob(isArn ? parts.with(4, user.account).join(':') : pattern, arn);
  };
  return effectOn(policies, inAnyAccount) === 'allowed' ? 'wrong-account' : 'denied';
}
