import { inspect } from 'node:util';
import { authPlugins } from '../../../src/dialects/mysql-token';
import { caught } from '../../harness/caught';

const HOST = 'db.abc.eu-west-1.rds.amazonaws.com';
const TOKEN = 'db:3306/?X-Amz-Signature=0123';
const endpoint = { hostname: HOST, port: 3306, username: 'app', region: 'eu-west-1' };
const NOTHING = Buffer.alloc(0);

function plugin(name: string) {
  const found = authPlugins(endpoint, () => TOKEN)[name];
  if (found === undefined) throw new Error(`No plugin ${name}`);
  return found;
}

const certificateFor = (name: string) =>
  ({ subject: { CN: name }, subjectaltname: `DNS:${name}` }) as never;

const context = (
  change: { encrypted?: boolean; authorized?: boolean; name?: string; reused?: boolean } = {},
) => ({
  connection: {
    stream: {
      encrypted: change.encrypted ?? true,
      authorized: change.authorized ?? true,
      isSessionReused: () => change.reused ?? false,
      getPeerCertificate: () => certificateFor(change.name ?? HOST),
    },
  },
  command: { user: 'app' },
});

it('answers a verified server with the token, once', () => {
  const answer = plugin('mysql_clear_password')(context());
  expect(answer(NOTHING).toString()).toBe(`${TOKEN}\0`);
  expect(answer(NOTHING).toString()).toBe('\0');
});

it('trusts a resumed session, whose certificate is not shown again', () => {
  const resumed = context({ reused: true, name: '' });
  expect(plugin('mysql_clear_password')(resumed)(NOTHING).toString()).toBe(`${TOKEN}\0`);
});

it('relies on the driver’s check where its TLS socket is not seen', () => {
  const hidden = { connection: { stream: { encrypted: false } }, command: { user: 'app' } };
  expect(plugin('mysql_clear_password')(hidden)(NOTHING).toString()).toBe(`${TOKEN}\0`);
});

it.each([
  ['the handshake was not sent', { ...context(), command: {} }],
  ['nothing is known of the connection', {}],
  ['the certificate is not trusted', context({ authorized: false })],
  ['the certificate is for another host', context({ name: 'evil.example' })],
  [
    'no certificate is shown',
    { connection: { stream: { encrypted: true, authorized: true } }, command: { user: 'app' } },
  ],
])('sends nothing when %s, then or later', (_, given) => {
  const answer = plugin('mysql_clear_password');
  const error = caught(() => answer(given)(NOTHING));
  expect(error.code).toBe('ERR_IAM_AUTH_TLS');
  expect(error.endpoint).toBe(`app@${HOST}:3306`);
  expect(error.message).toContain(`No token was sent to app@${HOST}:3306: `);
  expect(error.message).not.toContain('X-Amz');
});

it.each(['mysql_native_password', 'caching_sha2_password', 'sha256_password'])(
  'refuses %s with what to change, under a code that the driver cannot replace',
  (name) => {
    const error = caught(() => plugin(name)(context()));
    expect(error.code).toBe('ERR_IAM_AUTH_METHOD');
    expect(error.message).toContain(`the server asks for ${name}, not for mysql_clear_password`);
    expect(error.message).toContain('AWSAuthenticationPlugin');
    Object.assign(error, { code: 'AUTH_SWITCH_PLUGIN_ERROR' });
    expect(error.code).toBe('ERR_IAM_AUTH_METHOD');
  },
);

it('shows the token to nobody who prints the plugins', () => {
  const plugins = authPlugins(endpoint, () => TOKEN);
  expect(inspect(plugins, { depth: null, showHidden: true })).not.toContain('X-Amz');
});
