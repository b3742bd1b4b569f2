import type { Duplex } from 'node:stream';

const ANSWER_MS = 5_000;

/** The part of an engine's login protocol before the password. It sends nothing secret. */
export interface LoginProtocol {
  /** The authentication method that a server requests for an IAM user. */
  readonly iamMethod: string;
  /** Exchanges messages until TLS may begin. If the server has no TLS or refuses the client, throws a `code` that `explainError` knows. */
  readonly startTls: (stream: Duplex) => Promise<void>;
  /** Sends the user name, and returns the server's name for the authentication method that it requests. */
  readonly requestedMethod: (stream: Duplex, username: string, database: string) => Promise<string>;
}

/** An error with the code that drivers use. */
export function protocolError(code: string | number, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** An error for bytes that are not of the protocol. */
export function malformed(reason: string): Error {
  return protocolError('EPROTO', `Malformed packet: ${reason}`);
}

/** Reads exactly `length` bytes, and leaves the rest in the stream for TLS. */
export async function readExactly(stream: Duplex, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let missing = length;
  while (missing > 0) {
    // Never reads more than is available: a stream with too few bytes would emit `readable` again and again.
    const available = Math.min(missing, stream.readableLength);
    const chunk = available === 0 ? null : (stream.read(available) as Buffer | null);
    if (chunk !== null) {
      chunks.push(chunk);
      missing -= chunk.length;
    } else if (stream.readableEnded || stream.destroyed) throw cutOff(stream);
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

function cutOff(stream: Duplex): Error {
  return (
    stream.errored ??
    protocolError('ECONNRESET', 'The server closed the connection without an answer')
  );
}

/** Rejects with `ETIMEDOUT` if `work` takes too long. */
export async function inTime<T>(what: string, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        protocolError('ETIMEDOUT', `The server did not answer ${what} within ${ANSWER_MS} ms`),
      );
    }, ANSWER_MS);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
