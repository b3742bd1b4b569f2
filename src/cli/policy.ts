import { partitionOf } from '../endpoint/partitions';
import type { Endpoint } from '../endpoint/endpoint';
import {
  ENDPOINT_HELP,
  endpointFlags,
  parseFlags,
  textOf,
  usageError,
  type Command,
} from './command';
import { resolveTargets } from './targets';

/** Prints the IAM policy for the role, how to find the resource id, and the SQL for the user. */
export const policy: Command = {
  help: `Usage: sequelize-rds-iam policy [flags]

Prints the IAM policy that lets a role log in, how to find the resource id that
it needs, and the SQL that makes the database user. Asks nobody: what it cannot
know stands in <angle brackets>.

${ENDPOINT_HELP}
  --account ID     the account of the database
  --resource-id ID cluster-…, db-… or prx-…

Example: sequelize-rds-iam policy --user app_user \\
           --host mydb.cluster-abc.eu-west-1.rds.amazonaws.com`,
  run: async (args, { out }) => {
    const values = parseFlags(args, {
      ...endpointFlags,
      account: { type: 'string' },
      'resource-id': { type: 'string' },
    });
    const account = textOf(values, 'account') ?? '<account-id>';
    const resourceId = textOf(values, 'resource-id') ?? '<resource-id>';
    checkResource(account, resourceId);
    const { engine, endpoints, database } = await resolveTargets(values);
    const arns = unique(endpoints.map((endpoint) => arnOf(endpoint, account, resourceId)));
    out('IAM policy for the role of the application:\n');
    out(JSON.stringify(document(arns), undefined, 2));
    if (account.startsWith('<')) {
      out('\n<account-id> is the account of the database; from another one, assume a role there.');
    }
    if (resourceId.startsWith('<')) {
      out('\n<resource-id> is not the name of the database:');
      for (const line of unique(endpoints.map(findResourceId))) out(line);
    }
    out(`\nSQL for ${engine.name}, run as an administrator:\n`);
    const users = unique(endpoints.map(({ username }) => username));
    for (const user of users) for (const line of engine.createUser(user, database)) out(line);
    return 0;
  },
};

function arnOf({ region, username }: Endpoint, account: string, resourceId: string): string {
  const { name } = partitionOf(region);
  return `arn:${name}:rds-db:${region}:${account}:dbuser:${resourceId}/${username}`;
}

/** UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html */
function document(arns: readonly string[]): object {
  const [only] = arns;
  const Resource = arns.length === 1 ? only : arns;
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'rds-db:connect', Resource }],
  };
}

/** Aurora's clusters, proxies and instances each have ids of their own; the host name tells which it is. */
function findResourceId({ hostname, region }: Endpoint): string {
  if (/\.proxy-/.test(hostname)) {
    return (
      `  prx-…, for RDS Proxy, is the end of its ARN:\n` +
      `  aws rds describe-db-proxies --region ${region} --query "DBProxies[?Endpoint=='${hostname}'].DBProxyArn" --output text\n` +
      `  (for an endpoint of your own: aws rds describe-db-proxy-endpoints, and the proxy that it names)`
    );
  }
  if (/\.(?:cluster|global)-/.test(hostname)) {
    return (
      `  cluster-…, for Aurora:\n` +
      `  aws rds describe-db-clusters --region ${region} --query "DBClusters[].[DBClusterIdentifier,DbClusterResourceId]" --output text`
    );
  }
  return (
    `  db-…, for an instance; cluster-… where it belongs to an Aurora cluster (aws rds describe-db-clusters shows that one):\n` +
    `  aws rds describe-db-instances --region ${region} --query ` +
    `"DBInstances[?Endpoint.Address=='${hostname}'].[DbiResourceId,DBClusterIdentifier]" --output text`
  );
}

function checkResource(account: string, resourceId: string): void {
  if (!/^(?:\d{12}|<account-id>)$/.test(account)) {
    throw usageError(`--account ${account} is not an account`, 'give its 12 digits as --account');
  }
  if (!/^(?:(?:cluster|db|prx)-\w+|<resource-id>|\*)$/.test(resourceId)) {
    throw usageError(
      `--resource-id ${resourceId} is not a resource id but maybe a name`,
      'give the id that begins with cluster-, db- or prx- as --resource-id',
    );
  }
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
