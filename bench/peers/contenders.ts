/** Ways to log in, with what the table calls them. */
export const CONTENDERS = {
  package: 'sequelize-rds-iam',
  hook: 'Hook, new Signer each',
  cached: 'Hook, cached token',
  wrapper: 'AWS’s wrapper',
  password: 'Password',
} as const;

/** One of them. */
export type Contender = keyof typeof CONTENDERS;

/** In the order of the table, this package first: the others are ratios to it. */
export const NAMES = Object.keys(CONTENDERS) as Contender[];

/** Those that log in with IAM, and so through the emulated endpoint. */
export const IAM_NAMES = NAMES.filter((name) => name !== 'password');

/** Where a contender logs in; credentials come from the environment. */
export interface PeerTarget {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly database: string;
  readonly region: string;
  /** One root; without it, each contender's default roots. */
  readonly ca: string | undefined;
  /** For password login only. */
  readonly password?: string;
}

/** How a contender is set up, apart from its target. */
export interface PeerSettings {
  readonly max: number;
  readonly maxUses?: number;
  /** The package's `limiter`. No other contender has one. */
  readonly limiter: { readonly limit: number; readonly processes?: number };
  /** Another mysql2 than the current one. */
  readonly driver?: 'mysql2-floor';
}

/** What a child process does, and how its answer looks. */
export interface Tasks {
  /** Opens `max` connections to each target at once and holds them until all have ended. */
  readonly open: {
    readonly task: { readonly targets: readonly PeerTarget[]; readonly isWarm: boolean };
    readonly answer: Opened;
  };
  /** Logs in again and again, `max` at a time: `count` times, or for some time. */
  readonly repeat: {
    readonly task: {
      readonly target: PeerTarget;
      readonly warmUp: number;
      readonly count?: number;
      readonly forMs?: number;
    };
    readonly answer: Opened;
  };
  /** Logs in once and reads a row. */
  readonly first: { readonly task: { readonly target: PeerTarget }; readonly answer: true };
  /** Holds `instances` without connections, or one with `connections`; needs --expose-gc. */
  readonly memory: {
    readonly task: {
      readonly target: PeerTarget;
      readonly instances: number;
      readonly connections: number;
    };
    readonly answer: { readonly heap: number; readonly rss: number };
  };
}

/** How a number of logins ended, in milliseconds from their start. */
export interface Opened {
  readonly succeeded: number;
  readonly failed: number;
  readonly lastSuccessMs: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  /** What the failures said, each once. */
  readonly errors: readonly string[];
}

/** One task for one contender, as it goes to the child. */
export type Assignment = {
  readonly [Name in keyof Tasks]: {
    readonly name: Name;
    readonly contender: Contender;
    readonly settings: PeerSettings;
    readonly task: Tasks[Name]['task'];
  };
}[keyof Tasks];
