import fc from 'fast-check';
import { parseBackendUrl } from '../../src/backend/backend-url';
import { parseRequestedUsers } from '../../src/backend/requested-user';
import { usageMessage } from '../harness/caught-usage';

it.each([
  { url: 'mysql://root:pw@127.0.0.1/app', protocol: 'mysql', port: 3306 },
  { url: 'mariadb://root:pw@127.0.0.1:3307/app', protocol: 'mysql', port: 3307 },
  { url: 'postgres://root:pw@127.0.0.1/app', protocol: 'postgres', port: 5432 },
  { url: 'postgresql://root:pw@127.0.0.1:5433/app', protocol: 'postgres', port: 5433 },
])('reads $url', ({ url, protocol, port }) => {
  const rest = { host: '127.0.0.1', username: 'root', password: 'pw', database: 'app' };
  expect(parseBackendUrl(url)).toEqual({ protocol, port, ...rest });
});

it('reads an IPv6 address, and no password', () => {
  expect(parseBackendUrl('mysql://root@[::1]/app')).toMatchObject({ host: '::1', password: '' });
});

it('decodes every user name, password and database name', () => {
  const texts = fc.string({ minLength: 1, unit: 'grapheme' });
  fc.assert(
    fc.property(texts, texts, texts, (username, password, database) => {
      // A database name of dots is a folder to a URL.
      fc.pre(!/^\.{1,2}$/.test(database));
      const [a, b, c] = [username, password, database].map(encodeURIComponent);
      const url = `postgres://${a ?? ''}:${b ?? ''}@localhost/${c ?? ''}`;
      expect(parseBackendUrl(url)).toMatchObject({ username, password, database });
    }),
  );
});

it.each([
  { url: 'S3cret', says: /is not a URL: write mysql:/ },
  { url: 'mysql://root:S3cret@host:port/app', says: /is not a URL/ },
  { url: 'mysql://root:S3cret#1@127.0.0.1/app', says: /is not a URL.*# as %23/ },
  { url: 'oracle://root:S3cret@127.0.0.1/app', says: /must begin with mysql, mariadb, postgres/ },
  { url: 'mysql://root:S3cret@127.0.0.1', says: /names no database/ },
  { url: 'mysql://127.0.0.1/S3cret', says: /names no user/ },
  { url: 'mysql:///S3cret', says: /names no host/ },
  { url: 'mysql://root:S3cret%@127.0.0.1/app', says: /a % in its password/ },
  { url: 'mysql://root:S3cret@127.0.0.1/app?ssl=1', says: /behind the database name/ },
])('refuses $url without a word of it', ({ url, says }) => {
  const message = usageMessage(() => parseBackendUrl(url));
  expect(message).toMatch(says);
  expect(message).toMatch(/^backend /);
  expect(message).not.toContain('S3cret');
});

it('splits a user from the password of one who exists at the first colon', () => {
  expect(parseRequestedUsers(['app', 'old:pass:word', 'empty:'])).toEqual([
    { username: 'app' },
    { username: 'old', password: 'pass:word' },
    { username: 'empty', password: '' },
  ]);
});

it.each([
  { users: [], says: /^user is missing/ },
  { users: [':S3cret'], says: /^user has no name/ },
  { users: ['app', 'app:S3cret'], says: /^user names app twice/ },
])('refuses the users $users', ({ users, says }) => {
  const message = usageMessage(() => parseRequestedUsers(users));
  expect(message).toMatch(says);
  expect(message).not.toContain('S3cret');
});
