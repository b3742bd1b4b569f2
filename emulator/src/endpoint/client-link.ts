import type { Socket } from 'node:net';
import { addAbortSignal, type Duplex } from 'node:stream';
import { TLSSocket, type SecureContext } from 'node:tls';
import { PacketStream, type Framing } from './packet-stream';

/** One client's connection: packets in plain text first, then over TLS on the same socket. */
export class ClientLink {
  readonly #raw: Socket;
  readonly #framing: Framing;
  readonly #onBytes: (bytes: Buffer) => void;
  readonly #closed = new AbortController();
  #stream: Duplex;
  #packets: PacketStream;

  constructor(raw: Socket, framing: Framing, onBytes: (bytes: Buffer) => void) {
    this.#raw = raw;
    this.#framing = framing;
    this.#stream = raw;
    this.#onBytes = onBytes;
    raw.setNoDelay(true);
    // The error that matters reaches whoever waits for a packet; after that, `close` says enough.
    raw.on('error', () => undefined);
    raw.once('close', () => this.#closed.abort());
    this.#packets = new PacketStream(raw, framing, onBytes);
  }

  /** Aborted when the connection is gone. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  receive(): Promise<Buffer> {
    return this.#packets.next();
  }

  send(payload: Buffer): void {
    this.#packets.send(payload);
  }

  /** Becomes the TLS server of this connection; resolves to the server name that the client asked for. */
  async startTls(secureContext: SecureContext): Promise<string | undefined> {
    this.#packets.detach();
    const secure = new TLSSocket(this.#raw, { isServer: true, secureContext });
    secure.on('error', () => undefined);
    await new Promise<void>((resolve, reject) => {
      secure.once('secure', resolve);
      secure.once('error', reject);
      secure.once('close', () => reject(new Error('The TLS handshake failed')));
    });
    this.#stream = secure;
    this.#packets = new PacketStream(secure, this.#framing, this.#onBytes);
    // Not in Node's types: the SNI name of a server-side socket, false without one.
    const servername: unknown = Reflect.get(secure, 'servername');
    return typeof servername === 'string' ? servername : undefined;
  }

  /** Sends a last packet and says goodbye. */
  finish(payload?: Buffer): void {
    if (payload) this.send(payload);
    this.#stream.end();
  }

  reset(): void {
    this.#raw.resetAndDestroy();
  }

  /** Joins the client and another connection from here on. */
  splice(other: Socket): void {
    const stream = this.#stream;
    this.#packets.detach();
    other.on('error', () => stream.destroy());
    addAbortSignal(this.closed, other);
    stream.on('data', this.#onBytes);
    stream.pipe(other).pipe(stream);
  }
}
