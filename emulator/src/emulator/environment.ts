import type { AccessKey } from './access-key';

/** What the environment of an application is made of. */
export interface EnvironmentParts {
  readonly hostname: string;
  readonly region: string;
  readonly port: number;
  /** The port of an application that names none. */
  readonly defaultPort: number;
  readonly username: string;
  readonly database: string;
  readonly caFile: string;
  /** Left out with a role, whose credentials the application fetches. */
  readonly accessKey?: AccessKey;
  /** Of the stand-ins for AWS's services. */
  readonly services: Readonly<Record<string, string>>;
  readonly controlOrigin: string;
  /** The file that Node.js is to load first. */
  readonly preload: string;
  /** What the options for Node.js are so far. */
  readonly nodeOptions: string | undefined;
}

/** Variables that would make an AWS SDK look elsewhere for credentials. */
const COMPETING = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_ROLE_ARN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_ENDPOINT_URL',
];

/** In NODE_OPTIONS, a path may hold spaces and backslashes only so. */
const quotedForNode = (path: string) => `"${path.replace(/["\\]/g, String.raw`\$&`)}"`;

/** The variables with which an application finds the emulator and signs for it. */
export function environmentOf(parts: EnvironmentParts): Record<string, string> {
  const { hostname, region, port, caFile, accessKey, controlOrigin, nodeOptions } = parts;
  return {
    DB_HOST: hostname,
    DB_ADDRESS: '127.0.0.1',
    DB_PORT: String(port),
    DB_USER: parts.username,
    DB_NAME: parts.database,
    DB_CA_FILE: caFile,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...(accessKey && {
      AWS_ACCESS_KEY_ID: accessKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: accessKey.secretAccessKey,
    }),
    ...parts.services,
    RDS_IAM_EMULATOR_CONTROL: controlOrigin,
    RDS_IAM_EMULATOR_RESOLVE: `${hostname}:${parts.defaultPort}=${port}`,
    NODE_OPTIONS: [nodeOptions, `--require=${quotedForNode(parts.preload)}`]
      .filter(Boolean)
      .join(' '),
  };
}

/** The variables to unset beside these. */
export function competingVariables(env: Readonly<Record<string, string>>): string[] {
  return COMPETING.filter((name) => !Object.hasOwn(env, name));
}
