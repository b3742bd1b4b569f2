import type { Duplex } from 'node:stream';

/** As much of an engine's protocol as is spoken before a password: nothing secret is ever sent. */
export interface LoginProtocol {
  /** The authentication method that a server asks for where a user logs in with a token. */
  readonly iamMethod: string;
  /** Speaks until TLS may begin. Throws with a `code` that `explainError` knows when the server has none, or refuses the client. */
  readonly startTls: (stream: Duplex) => Promise<void>;
  /** Names the user, and returns the authentication method that the server asks for, in the server's own words. */
  readonly requestedMethod: (stream: Duplex, username: string, database: string) => Promise<string>;
}

/** An error with the code that drivers give it. */
export function protocolError(code: string | number, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Reads exactly `length` bytes, and leaves what follows in the stream, where TLS finds it. */
export async function readExactly(stream: Duplex, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let missing = length;
  while (missing > 0) {
    // Never asks for more than is there: a stream that has some bytes, but too few, would call itself readable again and again.
    const available = Math.min(missing, stream.readableLength);
    const chunk = available === 0 ? null : (stream.read(available) as Buffer | null);
    if (chunk !== null) {
      chunks.push(chunk);
      missing -= chunk.length;
    } else if (stream.readableEnded || stream.destroyed) throw cut(stream);
    else await nextEvent(stream);
  }
  return Buffer.concat(chunks);
}

function nextEvent(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const events = ['readable', 'end', 'close', 'error'] as const;
    const settle = () => {
      for (const event of events) stream.off(event, settle);
      resolve();
    };
    for (const event of events) stream.on(event, settle);
  });
}

function cut(stream: Duplex): Error {
  return (
    stream.errored ?? protocolError('ECONNRESET', 'The server closed the connection without a word')
  );
}

/** Rejects with `ETIMEDOUT` when `work` takes longer. */
export async function withinMs<T>(ms: number, what: string, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(protocolError('ETIMEDOUT', `The server did not answer ${what} within ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
