import type { Emulator } from '../emulator/emulator-types';

/** A word that a POSIX shell takes for this text. */
export const shellQuoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const assignments = (env: Emulator['env']) =>
  Object.entries(env).map(([name, value]) => `${name}=${shellQuoted(value)}`);

type Described = Pick<
  Emulator,
  'host' | 'port' | 'hostname' | 'region' | 'engine' | 'caFile' | 'env' | 'unset' | 'control'
>;

/** How an application reaches the emulator, as shell comments. */
const DIRECTIONS = ({ host, port, hostname, caFile }: Described) =>
  hostname === 'localhost'
    ? []
    : [
        `# How ${hostname} reaches the emulator:`,
        '#   Node.js: by NODE_OPTIONS, which loads rds-iam-emulator/resolve',
        `#   others:  by a line in /etc/hosts: ${host} ${hostname}`,
        `#   or by the client's own options: connect to ${host}:${port}, sign for ${hostname}:${port}, trust ${caFile}`,
      ];

/** Shell commands that set the environment, and comments that say what it is. */
export function shellCommands(emulator: Described): string[] {
  const { engine, hostname, host, port, env, unset } = emulator;
  return [
    `# ${engine} with IAM database authentication: ${hostname} at ${host}:${port}`,
    ...assignments(env).map((assignment) => `export ${assignment}`),
    `unset ${unset.join(' ')}`,
    ...DIRECTIONS(emulator),
  ];
}

/** The same as one object. */
export function describeAsJson(emulator: Described): string {
  const { host, port, hostname, region, engine, caFile, env, unset, control } = emulator;
  return JSON.stringify({ host, port, hostname, region, engine, caFile, env, unset, control });
}

/** The first line of an environment file, by which one is known that may be overwritten. */
export const ENV_FILE_MARK = '# Written by rds-iam-emulator';

/** What a file holds that a shell, dotenv or `node --env-file` reads. */
export function envFileText({ env }: Described): string {
  return [`${ENV_FILE_MARK}, which removes it at the end.`, ...assignments(env), ''].join('\n');
}
