import {
  startDatabase,
  startEmulator,
  type DatabaseServer,
  type Emulator,
  type StartEmulatorOptions,
} from 'rds-iam-emulator';
import type { MariaDbCoordinates } from '../../../test/harness/mariadb-administration';
import type { PostgresCoordinates } from '../../../test/harness/postgres-administration';
import { mariaDbBackend, postgresBackend, type BackendUnderTest } from '../harness/backends';
import { query, tryQuery } from '../harness/emulator-clients';

// Of their own: on the run's servers, other tests create users meanwhile.
const servers: DatabaseServer[] = [];
let mariaDb: MariaDbCoordinates;
let postgres: PostgresCoordinates;
beforeAll(async () => {
  const [maria, postgresServer] = await Promise.all([
    startDatabase('mariadb'),
    startDatabase('postgres'),
  ]);
  servers.push(maria, postgresServer);
  mariaDb = { ...maria, rootPassword: maria.password };
  postgres = { ...postgresServer, superuserPassword: postgresServer.password };
});
afterAll(() => Promise.all(servers.map(({ stop }) => stop())));

const emulators: Emulator[] = [];
afterEach(async () => {
  for (const emulator of emulators.splice(0)) await emulator.close();
});

async function start(options: StartEmulatorOptions): Promise<Emulator> {
  const emulator = await startEmulator(options);
  emulators.push(emulator);
  return emulator;
}

const messageOf = (starting: Promise<unknown>) =>
  starting.then(
    () => 'started',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

describe.each([
  {
    name: 'MariaDB',
    make: () => mariaDbBackend('orders_db', mariaDb),
    denied: 'ER_ACCESS_DENIED_ERROR',
  },
  { name: 'PostgreSQL', make: () => postgresBackend('orders_db', postgres), denied: '28000' },
])('users of $name', ({ make, denied }) => {
  let backend: BackendUnderTest;
  beforeAll(async () => {
    backend = make();
    await backend.createDatabase();
    await backend.sql('CREATE TABLE {database}.present (id INTEGER)');
  });
  afterAll(() => backend.dropDatabase());

  it('creates those that are missing, and removes at the end all that it created', async () => {
    const before = await backend.catalog();
    const users = ['new_user', `it's "a" \`name\``];
    const emulator = await start({ backend: backend.url(), users });
    expect(emulator.created).toEqual(users);
    expect(await backend.usernames()).toEqual(expect.arrayContaining(users));
    for (const username of users)
      expect(await tryQuery(emulator, 'SELECT 1', { username })).toBe('accepted');

    await emulator.close();
    expect(await backend.catalog()).toEqual(before);
  });

  it('lets a new user do everything in the database, and nothing beside it', async () => {
    const emulator = await start({ backend: backend.url(), users: ['new_user'] });
    for (const statement of [
      'INSERT INTO present VALUES (1)',
      'CREATE TABLE made (id INTEGER)',
      'ALTER TABLE made ADD more INTEGER',
      'DROP TABLE made',
    ])
      expect(await tryQuery(emulator, statement)).toBe('accepted');
    await backend.sql('CREATE TABLE {database}.later (id INTEGER)');
    expect(await tryQuery(emulator, 'SELECT * FROM later')).toBe('accepted');
    await backend.sql('DROP TABLE {database}.later');

    for (const statement of ['CREATE DATABASE orders2db', 'CREATE ROLE another'])
      expect(await tryQuery(emulator, statement)).not.toBe('accepted');
  });

  it('leaves to the administrator what the user made', async () => {
    const emulator = await start({ backend: backend.url(), users: ['new_user'] });
    await query(emulator, 'CREATE TABLE made (id INTEGER)');
    await query(emulator, 'INSERT INTO made VALUES (7)');
    await emulator.close();
    expect(await backend.usernames()).not.toContain('new_user');
    expect(await backend.sql('SELECT id FROM {database}.made')).toEqual([{ id: 7 }]);
    await backend.sql('DROP TABLE {database}.made');
  });

  it('leaves the users that it created when asked to, and those that exist anyway', async () => {
    const first = await start({ backend: backend.url(), users: ['kept_user'], keep: true });
    await first.close();
    expect(await backend.usernames()).toContain('kept_user');
    await backend.sql(
      backend.dialect === 'mysql'
        ? "SET PASSWORD FOR kept_user@'%' = PASSWORD('p@ss:word')"
        : "ALTER ROLE kept_user PASSWORD 'p@ss:word'",
    );
    const before = await backend.catalog();
    const second = await start({ backend: backend.url(), users: ['kept_user:p@ss:word'] });
    expect(second.created).toEqual([]);
    expect(await tryQuery(second)).toBe('accepted');
    await second.close();
    expect(await backend.catalog()).toEqual(before);
    if (backend.dialect === 'postgres') await backend.sql('DROP OWNED BY kept_user');
    await backend.dropUser('kept_user');
  });

  it('serves the users that were asked for, and no others', async () => {
    const emulator = await start({ backend: backend.url(), users: ['new_user'] });
    const username = 'nobody';
    expect(await tryQuery(emulator, 'SELECT 1', { username })).toBe(denied);
    const [attempt] = await emulator.attempts();
    expect(attempt).toMatchObject({ outcome: 'denied', username });
  });

  it('refuses what cannot work, with the remedy, and leaves nothing', async () => {
    const before = await backend.catalog();
    const { password } = await backend.createUser('present_user');
    const refused = (users: string[], changes = {}) =>
      messageOf(startEmulator({ backend: backend.url(changes), users }));

    expect(await refused(['new_user', 'present_user'])).toBe(
      'user present_user: this user exists already: write present_user:password, or name a user that does not exist',
    );
    expect(await refused(['new_user', 'present_user:wrong'])).toBe(
      'user present_user: the database does not accept this password',
    );
    expect(await refused(['new_user:password'])).toMatch(/no such user exists: leave the password/);
    expect(await refused(['new_user'], { database: 'absent' })).toMatch(/has no database absent/);
    expect(await refused(['new_user'], { username: 'present_user', password })).toMatch(
      /present_user may not administer users in orders_db/,
    );
    const wrong = await refused(['new_user'], { password: 'WRONG-secret' });
    expect(wrong).toMatch(/refuses (root|postgres): correct the user name and the password/);
    expect(wrong).not.toContain('WRONG');
    await backend.dropUser('present_user');
    expect(await backend.catalog()).toEqual(before);
  });

  it('refuses an engine that the backend is not, and removes what it created for it', async () => {
    const before = await backend.catalog();
    const engine = backend.dialect === 'mysql' ? 'mysql' : 'mariadb';
    expect(
      await messageOf(startEmulator({ backend: backend.url(), users: ['new_user'], engine })),
    ).toMatch(/^engine (mysql: the backend is mariadb|mariadb: the backend is postgres)/);
    expect(await backend.catalog()).toEqual(before);
  });
});

it('grants rds_iam to a new user of PostgreSQL where there is such a role', async () => {
  const backend = postgresBackend('postgres', postgres);
  const isMember = "SELECT pg_has_role('new_user', 'rds_iam', 'MEMBER') AS member";
  await backend.sql('CREATE ROLE rds_iam');
  try {
    const emulator = await start({ backend: backend.url(), users: ['new_user'] });
    expect(await backend.sql(isMember)).toEqual([{ member: true }]);
    await emulator.close();
  } finally {
    await backend.sql('DROP ROLE rds_iam');
  }
});

it('needs no superuser of PostgreSQL: who may create roles and owns the database will do', async () => {
  const backend = postgresBackend('rented', postgres);
  const { password } = await backend.createUser('landlord');
  await backend.createDatabase();
  await backend.sql('ALTER ROLE landlord CREATEROLE');
  await backend.sql('ALTER DATABASE rented OWNER TO landlord');
  await backend.sql('ALTER SCHEMA public OWNER TO landlord');
  const before = await backend.catalog();
  const url = backend.url({ username: 'landlord', password });
  const emulator = await start({ backend: url, users: ['new_user'] });
  await query(emulator, 'CREATE TABLE made (id INTEGER)');
  await query(emulator, 'DROP TABLE made');
  await emulator.close();
  expect(await backend.catalog()).toEqual(before);
  await backend.dropDatabase();
  await backend.dropUser('landlord');
});
