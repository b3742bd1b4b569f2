import { once } from 'node:events';
import { Socket } from 'node:net';
import { LoginSocket } from '../../../src/dialects/mariadb-socket';

const endpoint = {
  hostname: 'db.abc.eu-west-1.rds.amazonaws.com',
  port: 3306,
  username: 'app',
  region: 'eu-west-1',
};
const failure = new RangeError('out of range');

type Stream = (callback: (error?: Error | null, socket?: Socket) => void) => unknown;

/** The socket of a login, whose reader throws, and the sockets that replaced it. */
function open() {
  const socket = new Socket();
  const errors: unknown[] = [];
  socket.on('error', (error) => void errors.push(error));
  socket.on('data', () => {
    throw failure;
  });
  const login = new LoginSocket(5_000, endpoint);
  const replaced: Socket[] = [];
  const timed: Socket[] = [];
  (login.stream(() => socket, endpoint) as Stream)((_, spare) => {
    if (spare === undefined) return;
    replaced.push(spare);
    timed.push(spare);
    spare.once('connect', () => timed.pop());
  });
  const read = () => socket.emit('data', Buffer.of(1));
  const beginTls = () => login.signal.addEventListener('abort', () => undefined);
  return { login, socket, errors, replaced, timed, read, beginTls };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

it('fails a login whose server the connector does not understand', async () => {
  const { login, socket, errors, read } = open();
  read();
  await nextTurn();
  await nextTurn();
  expect(errors).toMatchObject([{ code: 'EPROTO', cause: failure }]);
  expect(socket.destroyed).toBe(true);
  login.forget();
});

it('ends a socket without an error if its login has failed meanwhile', async () => {
  const { login, socket, errors, read } = open();
  read();
  login.forget();
  await once(socket, 'close');
  expect(errors).toEqual([]);
});

it('leaves alone what a reader throws after the login', () => {
  const { login, socket, read } = open();
  login.forget();
  expect(read).toThrow(failure);
  socket.destroy();
});

it('gives the user’s own socket its own destroy back', () => {
  const socket = new Socket();
  const destroy = () => socket;
  socket.destroy = destroy;
  const login = new LoginSocket(5_000, endpoint);
  (login.stream(() => socket, endpoint) as Stream)(() => undefined);
  login.forget();
  expect(Object.getOwnPropertyDescriptor(socket, 'destroy')?.value).toBe(destroy);
});

it('gives the connector another socket to forget if TLS fails, without a timer', () => {
  const { login, socket, replaced, timed, beginTls } = open();
  beginTls();
  socket.destroy();
  expect(replaced).toEqual([expect.any(Socket)]);
  expect(timed).toEqual([]);
  login.forget();
});

it.each(['before TLS', 'after the login'])('gives it no other socket %s', (when) => {
  const { login, socket, replaced, beginTls } = open();
  if (when === 'after the login') {
    beginTls();
    login.forget();
  }
  socket.destroy();
  expect(replaced).toEqual([]);
  login.forget();
});
