import { execFileSync } from 'node:child_process';
import { ENGINES } from '../../../src/application/engines';

const login = {
  hostname: 'h.rds.amazonaws.com',
  port: 3306,
  username: 'app user',
  database: "it's",
};

/** The words that a shell makes of a command line, without running it. */
function wordsOf(command: string): string[] {
  const line = command.replace(/^(\w+=)"\$\(token\)" /, 'printf "%s\\n" ');
  return execFileSync('sh', ['-c', line], { encoding: 'utf8' }).trimEnd().split('\n');
}

/** As libpq reads the values of a connection string. */
const unquoted = (text: string) =>
  text.replace(/='((?:[^'\\]|\\.)*)'/g, (_, value: string) => `=${value.replace(/\\(.)/g, '$1')}`);

describe.each(Object.entries(ENGINES))('%s', (dialect, engine) => {
  it('gives a client the token in its environment, never as an argument', () => {
    expect(engine.client(login, 'token')).toMatch(/^(?:MYSQL_PWD|PGPASSWORD)="\$\(token\)" \w+ /);
  });

  it('names host, port, user and database as the shell and the client read them', () => {
    const words = unquoted(wordsOf(engine.client(login, 'token')).join('\n'));

    for (const value of ['h.rds.amazonaws.com', '3306', 'app user', "it's"])
      expect(words).toContain(value);
    expect(words).toMatch(/VERIFY_IDENTITY|ssl-verify-server-cert|verify-full/);
    expect(words).toContain('global-bundle.pem');
  });

  it('makes a user for tokens', () => {
    const sql = engine.createUser('app', 'shop').join('\n');
    expect(sql).toContain(
      dialect === 'postgres'
        ? 'GRANT rds_iam TO app;'
        : "'app' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS';",
    );
  });

  it('quotes names that need it', () => {
    const sql = engine.createUser(`o'b"r`, 'my`d"b').join('\n');
    expect(sql).toContain(dialect === 'postgres' ? `"o'b""r"` : `'o''b"r'`);
    expect(sql).toContain(dialect === 'postgres' ? '"my`d""b"' : '`my``d"b`');
  });
});

it('lets no name add a keyword to psql’s connection string', () => {
  const database = "app' host=elsewhere.example sslmode=disable x='\\";
  const [, connection = ''] = wordsOf(ENGINES.postgres.client({ ...login, database }, 'token'));
  expect(connection.replace(/='(?:[^'\\]|\\.)*'/g, '=…').split(' ')).toEqual([
    'host=h.rds.amazonaws.com',
    'port=3306',
    'user=…',
    'dbname=…',
    'sslmode=verify-full',
    'sslrootcert=global-bundle.pem',
  ]);
});

it('switches the clear-text plugin of MySQL’s client on, which MariaDB’s has on', () => {
  expect(ENGINES.mysql.client(login, 'token')).toContain('--enable-cleartext-plugin');
  expect(ENGINES.mariadb.client(login, 'token')).not.toContain('cleartext');
});
