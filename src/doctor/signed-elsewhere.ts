import { isLoopback, type ConnectTarget, type Endpoint } from '../endpoint/endpoint';

/** How the signed endpoint differs from the connect target. */
export interface SignedElsewhere {
  readonly isOtherHost: boolean;
  readonly isOtherPort: boolean;
  /** The host differs, and the connect target is no tunnel on this machine. */
  readonly isHostUnexplained: boolean;
  /** A tunnel on this machine, to an endpoint with the engine's default port, does not explain the difference. */
  readonly isUnexplained: boolean;
}

/** Compares the two, without regard to case. */
export function signedElsewhere(
  signed: Pick<Endpoint, 'hostname' | 'port'>,
  connectTarget: Pick<ConnectTarget, 'hostname' | 'port'>,
  defaultPort: number,
): SignedElsewhere {
  const isOtherHost = signed.hostname !== connectTarget.hostname.toLowerCase();
  const isOtherPort = signed.port !== connectTarget.port;
  const isHostUnexplained = isOtherHost && !isLoopback(connectTarget.hostname);
  const isPortUnexplained = isOtherPort && !(isOtherHost && signed.port === defaultPort);
  const isUnexplained = isHostUnexplained || isPortUnexplained;
  return { isOtherHost, isOtherPort, isHostUnexplained, isUnexplained };
}
