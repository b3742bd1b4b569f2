import type { Dialect } from '../dialects/dialect';

/** What the doctor and the command line know about a database engine. */
export interface Engine {
  readonly name: string;
  readonly driver: string;
  /** The SQL that creates a user for IAM authentication. */
  readonly createUser: (username: string, database: string) => readonly string[];
  /** A command that logs in with the token that `sequelize-rds-iam token` prints. */
  readonly client: (login: ClientLogin, tokenCommand: string) => string;
}

interface ClientLogin {
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly database: string;
}

const BUNDLE = 'global-bundle.pem';

/** UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html */
const createMysqlUser: Engine['createUser'] = (username, database) => [
  `CREATE USER ${sqlText(username)} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS';`,
  `ALTER USER ${sqlText(username)}@'%' REQUIRE SSL;`,
  `GRANT SELECT, INSERT, UPDATE, DELETE ON ${mysqlName(database)}.* TO ${sqlText(username)}@'%';`,
];

/** By Sequelize's names of the dialects. */
export const ENGINES: Readonly<Record<Dialect['name'], Engine>> = {
  mysql: {
    createUser: createMysqlUser,
    name: 'MySQL',
    driver: 'mysql2',
    // The token is no argument, because every user of the machine can read arguments. The mysql command may be MySQL's or MariaDB's
    // client: each knows one of the two loose options, which verify the server, and ignores the other.
    client: ({ hostname, port, username, database }, tokenCommand) =>
      `MYSQL_PWD="$(${tokenCommand})" mysql --host=${hostname} --port=${port} --user=${shellText(username)} ` +
      `--enable-cleartext-plugin --ssl-ca=${BUNDLE} --loose-ssl-mode=VERIFY_IDENTITY --loose-ssl-verify-server-cert ` +
      shellText(database),
  },
  mariadb: {
    createUser: createMysqlUser,
    name: 'MariaDB',
    driver: 'mariadb',
    client: ({ hostname, port, username, database }, tokenCommand) =>
      `MYSQL_PWD="$(${tokenCommand})" mariadb --host=${hostname} --port=${port} --user=${shellText(username)} ` +
      `--ssl-verify-server-cert --ssl-ca=${BUNDLE} ${shellText(database)}`,
  },
  postgres: {
    name: 'PostgreSQL',
    driver: 'pg',
    createUser: (username, database) => [
      `CREATE USER ${sqlName(username)};`,
      `GRANT rds_iam TO ${sqlName(username)};`,
      `GRANT CONNECT ON DATABASE ${sqlName(database)} TO ${sqlName(username)};`,
    ],
    client: ({ hostname, port, username, database }, tokenCommand) =>
      `PGPASSWORD="$(${tokenCommand})" psql ` +
      shellText(
        `host=${hostname} port=${port} user=${connectionText(username)} dbname=${connectionText(database)} ` +
          `sslmode=verify-full sslrootcert=${BUNDLE}`,
      ),
  },
};

/** Quotes the text as one word for the shell. */
export function shellText(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Quotes the text as one value of a connection string of libpq, or it could add keywords such as `host`. */
function connectionText(text: string): string {
  if (/^[^\s'\\]+$/.test(text)) return text;
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}

function sqlText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

function mysqlName(name: string): string {
  return /^\w+$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}

function sqlName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
