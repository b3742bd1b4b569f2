import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
import { findWitnesses, type Witnesses } from './programs';

/** How long it may take to install the witnesses. */
export const INSTALL_TIMEOUT_MS = 600_000;

/** How a program of others ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What to sign a token for, and with what. */
export interface WitnessRequest {
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

const BOTO = `
import boto3, sys
host, port, user, region = sys.argv[1:]
print(boto3.client('rds', region_name=region).generate_db_auth_token(host, int(port), user))
`;

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env['PATH'], ...env } };
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve({
        status: typeof error?.code === 'number' ? error.code : error ? 1 : 0,
        stdout,
        stderr,
      });
    });
  });
}

const TERMINAL = `
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
`;

let found: Witnesses | undefined;

/** Looks for the witnesses, or installs them, which can take minutes. */
export function prepareWitnesses(): Witnesses {
  found ??= findWitnesses();
  return found;
}

/** Where a witness is. */
export function pathOf(name: keyof Witnesses): string {
  const witness = prepareWitnesses()[name];
  // A missing witness fails its tests: a skipped one would look like a passed one.
  if ('missing' in witness) throw new Error(witness.missing);
  return witness.path;
}

async function printedToken(command: string, args: readonly string[], request: WitnessRequest) {
  const { accessKeyId, secretAccessKey, sessionToken } = request.credentials;
  const { status, stdout, stderr } = await run(command, args, {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  return stdout.trim();
}

/** A token from `aws rds generate-db-auth-token`. */
export function awsCliToken(request: WitnessRequest): Promise<string> {
  const { hostname, port, username, region } = request;
  const where = ['--hostname', hostname, '--port', String(port), '--region', region];
  const args = ['rds', 'generate-db-auth-token', ...where, '--username', username];
  return printedToken(pathOf('aws'), args, request);
}

/** Runs the AWS CLI. */
export const awsCli = (args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> =>
  run(pathOf('aws'), args, env);

/** Runs a Python program, which may use boto3. */
export const python = (
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Ended> => run(pathOf('python'), ['-c', program, ...args], env);

/** A token from boto3's `generate_db_auth_token`. */
export function botoToken(request: WitnessRequest): Promise<string> {
  const { hostname, port, username, region } = request;
  const args = ['-c', BOTO, hostname, String(port), username, region];
  return printedToken(pathOf('python'), args, request);
}

/** Runs a program in a pseudo-terminal, which has one output for both. */
export function inTerminal(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return run(pathOf('python'), ['-c', TERMINAL, ...command], { TERM: 'xterm-256color', ...env });
}

/** Runs a statement with the `mariadb` command-line client, which dials 127.0.0.1. */
export function mariaDbCli(login: {
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly statement: string;
  /** Without one, the client does not use TLS. */
  readonly caFile?: string;
  /** Begins with this plugin in place of the server's. */
  readonly plugin?: string;
}): Promise<Ended> {
  const tls =
    login.caFile === undefined
      ? ['--skip-ssl']
      : ['--ssl', `--ssl-ca=${login.caFile}`, '--ssl-verify-server-cert'];
  const args = [
    '--no-defaults',
    '--host=127.0.0.1',
    `--port=${login.port}`,
    `--user=${login.username}`,
    ...tls,
    ...(login.plugin === undefined ? [] : [`--default-auth=${login.plugin}`]),
    '--batch',
    '--skip-column-names',
    `--execute=${login.statement}`,
  ];
  // Not an argument: the list of processes shows those.
  return run(pathOf('mariadb'), args, { MYSQL_PWD: login.password });
}

/** Runs a statement with `psql`, which asks for the server's name, dials 127.0.0.1, and trusts `caFile` alone. */
export function psql(login: {
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly statement: string;
  /** Without one, the client does not use TLS. */
  readonly caFile?: string;
}): Promise<Ended> {
  // psql reads connection strings: quotes keep spaces, and the names here have no quotes.
  const target = Object.entries({
    host: login.hostname,
    hostaddr: '127.0.0.1',
    port: login.port,
    user: login.username,
    dbname: 'app',
    passfile: devNull,
    ...(login.caFile === undefined
      ? { sslmode: 'disable' }
      : { sslmode: 'verify-full', sslrootcert: login.caFile }),
  });
  const connection = target.map(([name, value]) => `${name}='${value}'`).join(' ');
  const args = ['--no-psqlrc', '--no-password', '--quiet', '--tuples-only', '--no-align'];
  // Not an argument: the list of processes shows those.
  return run(pathOf('psql'), [...args, '--command', login.statement, connection], {
    PGPASSWORD: login.password,
  });
}
