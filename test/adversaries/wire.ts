import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { IssuedCertificate } from 'rds-iam-emulator';

/** What an adversary shows in TLS. `ticketKeys` are the keys with which a server seals its session tickets. */
export interface Shown extends IssuedCertificate {
  readonly ticketKeys?: Buffer;
  readonly maxVersion?: 'TLSv1.2';
}

/**
 * One connection, from the adversary's side. It keeps every byte that the adversary can read: those in plain text, and those that were
 * encrypted for its own key.
 */
export class Wire {
  readonly #raw: Socket;
  readonly #received: Buffer[] = [];
  #stream: Duplex;
  #secure: TLSSocket | undefined;
  #wake: () => void = () => undefined;

  constructor(raw: Socket) {
    this.#raw = raw;
    this.#stream = raw;
    raw.setNoDelay(true);
    this.#listen(raw);
  }

  get received(): Buffer {
    return Buffer.concat(this.#received);
  }

  /** Whether the client resumed an earlier TLS session. */
  get isResumed(): boolean {
    return this.#secure?.isSessionReused() ?? false;
  }

  /** Forgets what it has got so far, because that was due. */
  forget(): void {
    this.#received.splice(0);
  }

  send(bytes: Buffer): void {
    if (this.#stream.writable) this.#stream.write(bytes);
  }

  /** Sends one byte at a time. */
  async drip(bytes: Buffer): Promise<void> {
    for (const byte of bytes) {
      this.send(Buffer.of(byte));
      await nextTurn();
    }
  }

  /** The client's next bytes: this many, or whatever comes. Throws when it hangs up before. */
  async take(length?: number): Promise<Buffer> {
    while (length !== 0) {
      const bytes = this.#stream.read(length) as Buffer | null;
      if (bytes !== null) {
        this.#received.push(bytes);
        return bytes;
      }
      await this.#pause();
    }
    return Buffer.alloc(0);
  }

  /** Keeps what still comes, until the client hangs up. */
  async rest(): Promise<void> {
    try {
      for (;;) await this.take();
    } catch {
      // It hung up.
    }
  }

  /** Becomes the TLS server of this connection. Throws when the client refuses. */
  async startTls({ certPem: cert, keyPem: key, ticketKeys, maxVersion }: Shown): Promise<void> {
    const secureContext = createSecureContext({
      cert,
      key,
      ...(ticketKeys && { ticketKeys }),
      ...(maxVersion && { maxVersion }),
    });
    const secure = new TLSSocket(this.#raw, { isServer: true, secureContext });
    this.#stream = secure;
    this.#secure = secure;
    let isUp = false;
    secure.once('secure', () => {
      isUp = true;
      this.#wake();
    });
    this.#listen(secure);
    // Set by the event.
    while (!(isUp as boolean)) await this.#pause();
  }

  close(): void {
    this.#stream.destroy();
    this.#raw.destroy();
    this.#wake();
  }

  #listen(stream: Duplex): void {
    const wake = () => this.#wake();
    stream.on('error', wake).on('readable', wake).on('end', wake).on('close', wake);
  }

  /** Waits until something happens. Throws once the client has hung up. */
  async #pause(): Promise<void> {
    const { destroyed, readableEnded } = this.#stream;
    if (this.#raw.destroyed || destroyed || readableEnded) throw new Error('The client hung up');
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}
