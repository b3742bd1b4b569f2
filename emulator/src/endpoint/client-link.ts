import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket, type SecureContext } from 'node:tls';
import { PacketStream, type Framing } from './packet-stream';

// How long a client may take to read the last packet and to hang up.
const GOODBYE_MS = 1000;

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
      const fail = () => reject(new Error('The TLS handshake failed'));
      if (this.closed.aborted) fail();
      secure.once('secure', resolve);
      secure.once('error', reject);
      secure.once('close', fail);
      // The socket below may close without a word to the one above.
      this.#raw.once('close', fail);
    });
    this.#stream = secure;
    this.#packets = new PacketStream(secure, this.#framing, this.#onBytes);
    // Not in Node's types: the SNI name of a server-side socket, false without one.
    const servername: unknown = Reflect.get(secure, 'servername');
    return typeof servername === 'string' ? servername : undefined;
  }

  /** Says nothing more, whatever the client sends; rejects when that one hangs up. */
  keepSilent(): Promise<never> {
    this.#packets.detach();
    this.#stream.on('data', this.#onBytes).resume();
    return new Promise((_resolve, reject) => {
      const fail = () => reject(new Error('The other side closed the connection'));
      if (this.closed.aborted) fail();
      this.#raw.once('close', fail);
    });
  }

  /** Sends a last packet and says goodbye. */
  finish(payload?: Buffer): void {
    if (payload) this.send(payload);
    this.#packets.detach();
    this.#stream.end();
    // Unread bytes would turn the goodbye into a reset, which may overtake the last packet.
    this.#stream.resume();
    this.closeAfter(GOODBYE_MS);
  }

  reset(): void {
    this.#raw.resetAndDestroy();
  }

  destroy(): void {
    this.#raw.destroy();
  }

  /** Hangs up after this time. */
  closeAfter(ms: number): void {
    const timer = setTimeout(() => this.#raw.destroy(), ms);
    this.#raw.once('close', () => clearTimeout(timer));
    if (this.closed.aborted) clearTimeout(timer);
  }

  /** Joins the client and another connection from here on; `other` must end with `closed`. */
  splice(other: Socket): void {
    const stream = this.#stream;
    this.#packets.detach();
    other.on('error', () => stream.destroy());
    other.once('close', () => this.closeAfter(GOODBYE_MS));
    stream.on('data', this.#onBytes);
    stream.pipe(other).pipe(stream);
  }
}
