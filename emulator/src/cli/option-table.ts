/** One option of the command line. */
export interface OptionRow {
  readonly name: string;
  /** What its value is; without one it is a switch. */
  readonly value?: string;
  readonly isRepeatable?: boolean;
  readonly about: string;
}

/** All options, in the order of the help. */
export const OPTIONS = [
  {
    name: 'backend',
    value: 'URL',
    about:
      'database to stand in front of, as its administrator: mysql://root:pw@127.0.0.1:3306/app or postgres://…; RDS_IAM_EMULATOR_BACKEND in the environment keeps it out of the process list',
  },
  {
    name: 'start',
    value: 'KIND',
    about:
      'instead, start a private mariadb or postgres of this machine’s programs, with a database app',
  },
  {
    name: 'user',
    value: 'NAME',
    isRepeatable: true,
    about:
      'database user that logs in with IAM; created if missing and removed at the end; NAME:PASSWORD for one that exists',
  },
  {
    name: 'hostname',
    value: 'NAME',
    about: 'name to sign for; default: that of a cluster in the Region',
  },
  { name: 'region', value: 'REGION', about: 'default: from the host name, otherwise eu-west-1' },
  {
    name: 'engine',
    value: 'ENGINE',
    about: 'mysql, mariadb or postgres, refused if the backend is another; default: what it is',
  },
  { name: 'port', value: 'NUMBER', about: 'port to listen on; default: a free one' },
  {
    name: 'limit',
    value: 'NUMBER',
    about: 'logins per second, above which they are refused as RDS refuses them; default: none',
  },
  {
    name: 'role',
    about: 'hand out credentials of a role, which expire, in place of an access key',
  },
  {
    name: 'credentials-lifetime',
    value: 'TIME',
    about: 'how long those live, such as 60s or 15m; needs --role; default: 1h',
  },
  {
    name: 'policy',
    value: 'FILE',
    isRepeatable: true,
    about: 'IAM policy of whoever logs in, as JSON; default: every user of --user',
  },
  {
    name: 'resource-id',
    value: 'ID',
    about: 'the one that policies name; default: cluster-ABCDEFGHIJKL',
  },
  {
    name: 'account',
    value: 'NUMBER',
    about: 'AWS account that policies name; default: 123456789012',
  },
  { name: 'keep', about: 'leave the users that were created' },
  { name: 'json', about: 'print one line of JSON in place of shell commands' },
  {
    name: 'write-env',
    value: 'FILE',
    about: 'write the environment to this file, removed at the end; a file of others is refused',
  },
  { name: 'verbose', about: 'print a line for each login' },
  { name: 'help', about: 'print this' },
  { name: 'version', about: 'print the version' },
] as const satisfies readonly OptionRow[];

/** The name of an option. */
export type OptionName = (typeof OPTIONS)[number]['name'];
