import { connect } from 'node:net';
import { failWith, pass, type Check } from '../check';
import { protocolError } from '../wire/protocol';

const CONNECT_MS = 5_000;

/** Opens a connection. The next checks use it too, so that the doctor opens only one before the login. */
export const tcp: Check = {
  id: 'tcp',
  needs: ['dns'],
  runForHost: (host) =>
    new Promise((resolve) => {
      const { hostname, port } = host.connectTarget;
      const socket = connect({ host: hostname, port, timeout: CONNECT_MS });
      socket.once('connect', () => {
        socket.setTimeout(0);
        host.socket = socket;
        resolve(pass(`Connected to ${socket.remoteAddress ?? hostname}:${port}`));
      });
      socket.once('timeout', () => socket.destroy(timedOut(`${hostname}:${port}`)));
      // Stays in place, for errors while no check reads.
      socket.on('error', (error) => resolve(failWith(error)));
    }),
};

function timedOut(target: string): Error {
  return protocolError(
    'ETIMEDOUT',
    `connect ETIMEDOUT: ${target} did not answer within ${CONNECT_MS} ms`,
  );
}
