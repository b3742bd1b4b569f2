import { runDoctor } from '../doctor/run-doctor';
import { loadSequelize } from '../application/installed-packages';
import {
  ENDPOINT_HELP,
  endpointFlags,
  iamAuthOptions,
  parseFlags,
  sequelizeOptions,
  textFlag,
  type Command,
  type EndpointOptions,
} from './command';
import { linesOf } from './print-report';

/** Reports which step of a connection fails and why. */
export const doctor: Command = {
  help: `Usage: sequelize-rds-iam doctor [flags]

Checks a connection step by step: config, credentials, region, endpoint, dns,
tcp, tls, auth-method, clock, login, pool. Each result is pass, warn, fail or
skip; warnings and failures have a fix. The doctor logs in once, and asks AWS
STS for the identity and the time.
Exit code: 0 no check failed, 1 a check failed, 2 the doctor could not run.

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
      sequelizeOptions: withFlag(sequelizeOptions(values)),
      config: textFlag(values, 'config'),
      env: textFlag(values, 'env'),
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

/** Adds `iamAuth: true`, and uses the installed version's name for the user: `user` in Sequelize 7. */
function withFlag(options: EndpointOptions | undefined): object | undefined {
  if (options === undefined) return undefined;
  const { username, ...rest } = options;
  const is6 = loadSequelize(process.cwd()).packageName === 'sequelize';
  return { ...rest, ...(is6 ? { username } : { user: username }), iamAuth: true };
}
