import { partitionOf } from '../endpoint/partitions';
import { shellText } from '../application/engines';
import { refuseOption } from '../errors';
import { ENDPOINT_HELP, endpointFlags, parseFlags, type Command } from './command';
import { resolveTargets } from './targets';
import { oneLine } from '../untrusted';

/** Prints a token and nothing else to stdout. */
export const token: Command = {
  help: `Usage: sequelize-rds-iam token [flags]

Prints an authentication token for mysql, mariadb or psql. It is valid for 15
minutes, but no longer than the credentials. Only the token goes to stdout; a
command line for the client goes to stderr. Treat the token as a password.

${ENDPOINT_HELP}
  --profile NAME   default: AWS_PROFILE

Example: sequelize-rds-iam token --user app_user \\
           --host mydb.cluster-abc.eu-west-1.rds.amazonaws.com`,
  run: async (args, { out, err }) => {
    const values = parseFlags(args, { ...endpointFlags, profile: { type: 'string' } });
    const { engine, endpoints, database, tokenProvider } = await resolveTargets(values);
    const [endpoint] = endpoints;
    if (endpoint === undefined)
      refuseOption('replication has no host', 'add at least one host to it');
    const credentials = await tokenProvider.getCredentials(new AbortController().signal);
    const { token: signed } = await tokenProvider.getAuthToken(endpoint, credentials);
    const command = ['npx sequelize-rds-iam token', ...args.map(shellText)].join(' ');
    err(
      `# A token for ${endpoint.username} at ${endpoint.hostname}:${endpoint.port} in ${endpoint.region}. To log in:`,
    );
    err(oneLine(engine.client({ ...endpoint, database }, command)));
    err(`# Download global-bundle.pem from AWS: ${partitionOf(endpoint.region).trustStore}`);
    out(signed);
    return 0;
  },
};
