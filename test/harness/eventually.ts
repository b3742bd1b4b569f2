import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const DEADLINE_MS = 10_000;

/** Resolves when it is true; rejects when that takes 10 seconds. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error('This did not come true within 10 s');
    await delay(20);
  }
}

/** Whether something accepts connections on this port of 127.0.0.1. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
