import { isLoopback } from '../endpoint/endpoint';
import type { ConnectTarget, Endpoint } from '../endpoint/endpoint';

/** How the endpoint that is signed for differs from the connect target. */
export interface SignedElsewhere {
  readonly host: boolean;
  readonly port: boolean;
  /** The host differs, and no tunnel on this machine explains it. */
  readonly isHostOdd: boolean;
  /** No tunnel on this machine, to an endpoint with the engine's default port, explains it. */
  readonly isOdd: boolean;
}

/** Compares the two; a difference in letters' case is none. */
export function signedElsewhere(
  signed: Pick<Endpoint, 'hostname' | 'port'>,
  connectTarget: Pick<ConnectTarget, 'hostname' | 'port'>,
  defaultPort: number,
): SignedElsewhere {
  const host = signed.hostname !== connectTarget.hostname.toLowerCase();
  const port = signed.port !== connectTarget.port;
  const isHostOdd = host && !isLoopback(connectTarget.hostname);
  const isPortOdd = port && !(host && signed.port === defaultPort);
  return { host, port, isHostOdd, isOdd: isHostOdd || isPortOdd };
}
