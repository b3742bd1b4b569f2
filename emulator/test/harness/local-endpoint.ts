import { createAuthority } from '../../src/certificates/authority';
import { startEndpoint } from '../../src/start-endpoint';
import type { Endpoint, EndpointOptions, LoginFaults } from '../../src/endpoint/endpoint-types';
import type { EngineName } from '../../src/endpoint/attempt-log';
import { signToken, type TokenRequest } from '../../../test/harness/sign-token';

/** The endpoint of the tests that need no database. */
export const LOCAL = { hostname: 'localhost', region: 'eu-west-1', username: 'jane_doe' };

/** An access key of nobody. */
export const KEY = {
  accessKeyId: 'AKIDUSER',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};

/** An endpoint of either engine in this process, and what its clients need. */
export interface LocalEndpoint {
  readonly engine: EngineName;
  readonly emulator: Endpoint<LoginFaults>;
  readonly caPem: string;
  readonly token: (changes?: Partial<TokenRequest>) => string;
}

/** Starts an endpoint from the sources, without a database behind it unless `options` name one. */
export async function startLocalEndpoint(
  engine: EngineName,
  options: Partial<EndpointOptions<LoginFaults>> = {},
): Promise<LocalEndpoint> {
  const authority = await createAuthority();
  const { accessKeyId, secretAccessKey } = KEY;
  const emulator = await startEndpoint({
    engine,
    endpoint: { hostname: LOCAL.hostname, region: LOCAL.region },
    credentials: { [accessKeyId]: { secretAccessKey } },
    tls: await authority.issue({ names: ['localhost', '127.0.0.1'] }),
    ...options,
  });
  const token = (changes: Partial<TokenRequest> = {}) =>
    signToken({ ...LOCAL, port: emulator.port, ...KEY, ...changes });
  return { engine, emulator, caPem: authority.caPem, token };
}
