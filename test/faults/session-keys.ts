import { CREDENTIALS } from '../harness/rds';
import type { Stage } from './stage';

interface SessionKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

type Known = readonly [accessKeyId: string, known: typeof CREDENTIALS & { expiresAt?: number }];

/** How many sessions the endpoints remember. */
const REMEMBERED = 20;

let issued = 0;

/** Issues sessions of a role, each with keys of its own, which the endpoints of a stage then know. */
export class SessionIssuer {
  readonly #stage: Pick<Stage, 'cluster'>;
  readonly #lifetimeMs: number;
  readonly #earlyMs: number;
  // The endpoints begin with these.
  #known: readonly Known[] = [[CREDENTIALS.accessKeyId, CREDENTIALS]];

  /** The endpoints refuse the keys this much before the end that the keys name. */
  constructor(stage: Pick<Stage, 'cluster'>, lifetimeMs: number, earlyMs = 0) {
    this.#stage = stage;
    this.#lifetimeMs = lifetimeMs;
    this.#earlyMs = earlyMs;
  }

  async issue(): Promise<SessionKeys> {
    issued += 1;
    const keys = { ...CREDENTIALS, accessKeyId: `ASIAISSUED${issued}` };
    const expiresAt = Date.now() + this.#lifetimeMs;
    const known = { ...keys, expiresAt: expiresAt - this.#earlyMs };
    const next: Known = [keys.accessKeyId, known];
    this.#known = [...this.#known, next].slice(-REMEMBERED);
    await this.#tell();
    return { ...keys, expiration: new Date(expiresAt) };
  }

  /** From now on, the endpoints refuse all keys that they knew so far. */
  async revoke(): Promise<void> {
    this.#known = [];
    await this.#tell();
  }

  async #tell(): Promise<void> {
    const known = Object.fromEntries(this.#known);
    await Promise.all(
      this.#stage.cluster.all.map(({ emulator }) => emulator.setCredentials(known)),
    );
  }
}
