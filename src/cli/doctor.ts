import { runDoctor } from '../doctor/run-doctor';
import { loadSequelize } from '../application/installed-packages';
import {
  ENDPOINT_HELP,
  endpointFlags,
  iamAuthOptions,
  parseFlags,
  sequelizeOptions,
  textOf,
  type Command,
  type EndpointOptions,
} from './command';
import { linesOf } from './print-report';

/** Finds out at which step a connection fails, and why. */
export const doctor: Command = {
  help: `Usage: sequelize-rds-iam doctor [flags]

Goes the way of a connection step by step: config, credentials, region,
endpoint, dns, tcp, tls, auth-method, clock, login, pool. Each step is pass,
warn, fail or skip, with its remedy. It logs in once, and asks AWS STS for the
identity and the time.
Exit code: 0 no check failed, 1 a check failed, 2 it could not run.

${ENDPOINT_HELP}
  --profile NAME   default: AWS_PROFILE      --ca FILE        roots in PEM
  --json           print { ok, results, verdict } and nothing else

Example: sequelize-rds-iam doctor --env production`,
  run: async (args, { out, hasColors }) => {
    const values = parseFlags(args, {
      ...endpointFlags,
      ca: { type: 'string' },
      profile: { type: 'string' },
      json: { type: 'boolean' },
    });
    const isJson = values.json === true;
    const report = await runDoctor({
      sequelizeOptions: flagged(sequelizeOptions(values)),
      config: textOf(values, 'config'),
      env: textOf(values, 'env'),
      iamAuth: iamAuthOptions(values),
      onResult: (result) => {
        if (!isJson) for (const line of linesOf(result, hasColors)) out(line);
      },
    });
    if (isJson) out(JSON.stringify(report, undefined, 2));
    else out(`\n${report.verdict}`);
    return report.ok ? 0 : 1;
  },
};

/** Who names an endpoint means to log in with IAM, by whichever Sequelize is there; version 7 calls the user `user`. */
function flagged(options: EndpointOptions | undefined): object | undefined {
  if (options === undefined) return undefined;
  const { username, ...rest } = options;
  const is6 = loadSequelize(process.cwd()).packageName === 'sequelize';
  return { ...rest, ...(is6 ? { username } : { user: username }), iamAuth: true };
}
