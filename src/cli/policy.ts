import { partitionOf } from '../endpoint/partitions';
import type { Endpoint } from '../endpoint/endpoint';
import { refuseOption } from '../errors';
import { ENDPOINT_HELP, endpointFlags, parseFlags, textFlag, type Command } from './command';
import { resolveTargets } from './targets';
import { oneLine } from '../untrusted';

/** Prints the IAM policy for the role, how to find the resource ID, and the SQL for the user. */
export const policy: Command = {
  help: `Usage: sequelize-rds-iam policy [flags]

Prints the IAM policy that allows a role to log in, how to find the resource ID
for it, and the SQL that creates the database user. Makes no requests: values
that it cannot know are in <angle brackets>.

${ENDPOINT_HELP}
  --account ID     the AWS account of the database
  --resource-id ID cluster-…, db-… or prx-…

Example: sequelize-rds-iam policy --user app_user \\
           --host mydb.cluster-abc.eu-west-1.rds.amazonaws.com`,
  run: async (args, { out }) => {
    const values = parseFlags(args, {
      ...endpointFlags,
      account: { type: 'string' },
      'resource-id': { type: 'string' },
    });
    const account = textFlag(values, 'account') ?? '<account-id>';
    const resourceId = textFlag(values, 'resource-id') ?? '<resource-id>';
    checkResource(account, resourceId);
    const { engine, endpoints, database } = await resolveTargets(values);
    const arns = unique(endpoints.map((endpoint) => arnOf(endpoint, account, resourceId)));
    out('IAM policy for the role of the application:\n');
    out(JSON.stringify(document(arns), undefined, 2));
    if (account.startsWith('<')) {
      out(
        '\n<account-id> is the account of the database. From another account, assume a role in it.',
      );
    }
    if (resourceId.startsWith('<')) {
      out('\n<resource-id> is an ID, not the name of the database:');
      for (const line of unique(endpoints.map(findResourceId))) out(line);
    }
    out(`\nSQL for ${engine.name}, run as an administrator:\n`);
    const users = unique(endpoints.map(({ username }) => username));
    for (const user of users)
      for (const line of engine.createUser(user, database)) out(oneLine(line));
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

/** The kind of the resource ID, which the host name shows, and the command that finds it. */
function findResourceId({ hostname, region }: Endpoint): string {
  if (/\.proxy-/.test(hostname)) {
    return (
      `  prx-…, for RDS Proxy, is the end of the proxy's ARN:\n` +
      `  aws rds describe-db-proxies --region ${region} --query "DBProxies[?Endpoint=='${hostname}'].DBProxyArn" --output text\n` +
      `  (for an endpoint that you added, aws rds describe-db-proxy-endpoints shows its proxy)`
    );
  }
  if (/\.(?:cluster|global)-/.test(hostname)) {
    return (
      `  cluster-…, for Aurora:\n` +
      `  aws rds describe-db-clusters --region ${region} --query "DBClusters[].[DBClusterIdentifier,DbClusterResourceId]" --output text`
    );
  }
  return (
    `  db-…, for an instance; cluster-… if it belongs to an Aurora cluster (aws rds describe-db-clusters shows it):\n` +
    `  aws rds describe-db-instances --region ${region} --query ` +
    `"DBInstances[?Endpoint.Address=='${hostname}'].[DbiResourceId,DBClusterIdentifier]" --output text`
  );
}

function checkResource(account: string, resourceId: string): void {
  if (!/^(?:\d{12}|<account-id>)$/.test(account)) {
    refuseOption(`--account ${account} is not an AWS account`, 'set --account to the 12 digits');
  }
  if (!/^(?:(?:cluster|db|prx)-\w+|<resource-id>|\*)$/.test(resourceId)) {
    refuseOption(
      `--resource-id ${resourceId} is not a resource ID, but maybe a name`,
      'set --resource-id to the ID that begins with cluster-, db- or prx-',
    );
  }
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
