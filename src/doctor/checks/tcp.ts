import { connect } from 'node:net';
import { failWith, pass, type Check } from '../check';
import { protocolError } from '../wire/protocol';

const CONNECT_MS = 5_000;

/** Whether a connection opens; it is kept for the next checks, so that the doctor costs the server one connection before the login. */
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
      // Stays, for errors that come while no check reads.
      socket.on('error', (error) => resolve(failWith(error)));
    }),
};

function timedOut(target: string): Error {
  return protocolError(
    'ETIMEDOUT',
    `connect ETIMEDOUT: ${target} did not answer within ${CONNECT_MS} ms`,
  );
}
