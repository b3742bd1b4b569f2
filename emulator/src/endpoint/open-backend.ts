import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { addAbortSignal } from 'node:stream';
import type { BackendAddress } from './endpoint-types';
import { PacketStream, type Framing } from './packet-stream';

/** Connects to the backend; the connection ends with the signal. */
export async function openBackend(
  { host, port }: BackendAddress,
  framing: Framing,
  signal: AbortSignal,
): Promise<{ socket: Socket; packets: PacketStream }> {
  const socket = connect({ host, port, noDelay: true });
  // An error that no one waits for any more.
  socket.on('error', () => undefined);
  addAbortSignal(signal, socket);
  await once(socket, 'connect');
  return { socket, packets: new PacketStream(socket, framing) };
}
