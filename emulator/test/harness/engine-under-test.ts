import type {
  Endpoint as AnyEndpoint,
  EndpointOptions,
  LoginFaults,
} from '../../src/endpoint/endpoint-types';
import type { EmulatedEndpoint } from '../../../test/harness/emulated-endpoint';

/** An endpoint of any engine. */
export type Endpoint = EmulatedEndpoint<AnyEndpoint<LoginFaults>>;
type Start = (options?: Partial<EndpointOptions<LoginFaults>>) => Promise<Endpoint>;

/** A client that is logged in. */
export interface LoggedIn {
  /** The number that the server gave its session. */
  readonly sessionId: number;
  /** Resolves to the error that tells of a lost connection. */
  readonly lost: Promise<unknown>;
  readonly end: () => Promise<void>;
  readonly destroy: () => void;
}

/** What the suites must know of an engine and its driver. */
export interface EngineUnderTest {
  readonly start: Start;
  /** The same, in a process of its own. */
  readonly fork: Start;
  /** Logs in with a good token and leaves; resolves to `accepted` or the error's code. */
  readonly logIn: (endpoint: Endpoint, settings?: { timeoutMs?: number }) => Promise<string>;
  readonly connect: (endpoint: Endpoint) => Promise<LoggedIn>;
  /** Whether the real server still serves this session. */
  readonly isServed: (sessionId: number) => Promise<boolean>;
  /** What the driver reports in each case. */
  readonly codes: {
    readonly denied: string;
    readonly timeout: string;
    /** The server closed the connection during the login. */
    readonly closed: string;
  };
}
