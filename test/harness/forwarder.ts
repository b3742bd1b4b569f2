import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What connections pass on their way to a server: a network that can fail. */
export interface Forwarder {
  readonly port: number;
  /** How many connections it has accepted. */
  readonly accepted: () => number;
  /** Passes nothing on, as where packets are lost; connections stay open. */
  readonly pause: () => void;
  /** Passes everything on, and what came meanwhile. */
  readonly resume: () => void;
  /** Ends all connections. */
  readonly cut: () => void;
  /** From now on, new connections lead to this port. */
  readonly leadTo: (port: number) => void;
  /** From now on, everything takes this long, in each direction. */
  readonly setLatency: (ms: number) => void;
  /** From now on, hangs up after a connection's server has answered this many times. */
  readonly hangUpAfter: (answers: number) => void;
  /** Ends all connections, and leaves the port to others. */
  readonly stopListening: () => Promise<void>;
  readonly listenAgain: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Forwards connections to a port of 127.0.0.1, from a free one or this one, on this address of loopback. */
export async function startForwarder(
  target: number,
  { host = '127.0.0.1', port: wanted = 0 }: { host?: string; port?: number } = {},
): Promise<Forwarder> {
  const links = new Set<Link>();
  let to = target;
  let accepted = 0;
  let isPaused = false;
  let latencyMs = 0;
  let lastAnswer = Infinity;
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    accepted += 1;
    const link: Link = new Link(client, to, {
      latencyMs: () => latencyMs,
      lastAnswer: () => lastAnswer,
      onClose: () => links.delete(link),
    });
    links.add(link);
    if (!isPaused) link.resume();
  });
  const cut = () => {
    for (const link of links) link.destroy();
  };
  const listen = async (port: number) => {
    server.listen(port, host);
    await once(server, 'listening');
  };
  const stopListening = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    cut();
    await closed;
  };
  await listen(wanted);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    accepted: () => accepted,
    pause: () => {
      isPaused = true;
      for (const link of links) link.pause();
    },
    resume: () => {
      isPaused = false;
      for (const link of links) link.resume();
    },
    cut,
    leadTo: (next) => {
      to = next;
    },
    setLatency: (ms) => {
      latencyMs = ms;
    },
    hangUpAfter: (answers) => {
      lastAnswer = answers;
    },
    stopListening,
    listenAgain: () => listen(port),
    close: stopListening,
  };
}

interface LinkSettings {
  readonly latencyMs: () => number;
  readonly lastAnswer: () => number;
  readonly onClose: () => void;
}

/** One connection through a forwarder. */
class Link {
  readonly #client: Socket;
  readonly #to: number;
  readonly #settings: LinkSettings;
  #server: Socket | undefined;
  #answers = 0;

  constructor(client: Socket, to: number, settings: LinkSettings) {
    this.#client = client;
    this.#to = to;
    this.#settings = settings;
    client.setNoDelay(true).on('error', () => undefined);
    client.once('close', settings.onClose);
  }

  pause(): void {
    this.#client.pause();
    this.#server?.pause();
  }

  /** Begins or goes on. */
  resume(): void {
    if (this.#server === undefined) {
      this.#server = connect({ port: this.#to, host: '127.0.0.1', allowHalfOpen: true });
      this.#server.setNoDelay(true).on('error', () => undefined);
      this.#pass(this.#client, this.#server);
      this.#pass(this.#server, this.#client);
      this.#server.on('data', () => {
        this.#answers += 1;
        if (this.#answers >= this.#settings.lastAnswer()) setImmediate(() => this.destroy());
      });
    }
    this.#client.resume();
    this.#server.resume();
  }

  destroy(): void {
    this.#client.destroy();
    this.#server?.destroy();
  }

  #pass(from: Socket, to: Socket): void {
    let dueAt = 0;
    const later = (act: () => unknown) => {
      const now = performance.now();
      // Less latency must not let what follows overtake.
      dueAt = Math.max(dueAt, now + this.#settings.latencyMs());
      if (dueAt <= now) act();
      else setTimeout(act, dueAt - now);
    };
    from.on('data', (bytes: Buffer) => later(() => to.destroyed || to.write(bytes)));
    from.on('end', () => later(() => to.end()));
    from.on('close', () => later(() => to.destroy()));
  }
}
