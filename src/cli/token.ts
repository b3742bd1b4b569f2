import { partitionOf } from '../endpoint/partitions';
import { shellText } from '../application/engines';
import { ENDPOINT_HELP, endpointFlags, parseFlags, usageError, type Command } from './command';
import { resolveTargets } from './targets';

/** Prints a token, and nothing else, on stdout. */
export const token: Command = {
  help: `Usage: sequelize-rds-iam token [flags]

Prints an authentication token, good for 15 minutes and for as long as the
credentials, for use with mysql, mariadb or psql. The token goes to stdout
alone, the client's command line to stderr. Treat the token as a password.

${ENDPOINT_HELP}
  --profile NAME   default: AWS_PROFILE

Example: sequelize-rds-iam token --user app_user \\
           --host mydb.cluster-abc.eu-west-1.rds.amazonaws.com`,
  run: async (args, { out, err }) => {
    const values = parseFlags(args, { ...endpointFlags, profile: { type: 'string' } });
    const { engine, endpoints, database, tokenProvider } = await resolveTargets(values);
    const [endpoint] = endpoints;
    if (endpoint === undefined)
      throw usageError('replication names no host', 'name at least one host to write to');
    const credentials = await tokenProvider.getCredentials(new AbortController().signal);
    const { token: signed } = await tokenProvider.getAuthToken(endpoint, credentials);
    const command = ['npx sequelize-rds-iam token', ...args.map(shellText)].join(' ');
    err(
      `# A token for ${endpoint.username} at ${endpoint.hostname}:${endpoint.port} in ${endpoint.region}. To log in:`,
    );
    err(engine.client({ ...endpoint, database }, command));
    err(`# global-bundle.pem is AWS's trust store: ${partitionOf(endpoint.region).trustStore}`);
    out(signed);
    return 0;
  },
};
