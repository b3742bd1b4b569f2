import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { catchingStream } from '../../../src/dialects/postgres-stream';

const endpoint = {
  hostname: 'db.abc.eu-west-1.rds.amazonaws.com',
  port: 5432,
  username: 'app',
  region: 'eu-west-1',
};

/** pg's connection over TLS, whose parser throws an error with this message. */
function connect(message: string) {
  const { stream, release } = catchingStream(endpoint, () => new PassThrough());
  const connection = Object.assign(new EventEmitter(), { stream: new PassThrough() });
  const errors: unknown[] = [];
  connection.on('error', (error) => void errors.push(error));
  stream.call(connection);
  connection.stream.on('data', () => {
    throw new Error(message);
  });
  connection.emit('sslconnect');
  const read = () => connection.stream.emit('data', Buffer.of(1));
  return { stream: connection.stream, errors, read, release };
}

it.each([
  [7, 'GSSAPI'],
  [9, 'SSPI'],
  [77, 'unknown (77)'],
])('names the method that a server asks for: %i', (type, name) => {
  const { stream, errors, read } = connect(`Unknown authenticationOk message type ${type}`);
  read();
  expect(errors).toMatchObject([{ code: 'ERR_IAM_AUTH_METHOD' }]);
  expect(String(errors)).toContain(`asks for ${name} authentication`);
  expect(stream.destroyed).toBe(true);
});

it('ends the connection to a server that pg does not understand', () => {
  const { stream, errors, read } = connect('received invalid response: 41');
  read();
  expect(errors).toMatchObject([{ code: 'EPROTO' }]);
  expect(stream.destroyed).toBe(true);
});

it('leaves alone what a reader throws after the login', () => {
  const { errors, read, release } = connect('no row');
  release();
  expect(read).toThrow('no row');
  expect(errors).toEqual([]);
});
