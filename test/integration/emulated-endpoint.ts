import { createAuthority, type CertificateRequest } from '../emulator/authority';
import { startMySqlEmulator } from '../emulator/mysql-emulator';
import type { MySqlEmulator, MySqlEmulatorOptions } from '../emulator/mysql-emulator-types';
import { signToken, type TokenRequest } from '../emulator/sign-token';
import { mariaDb } from './backend';

/** The endpoint that the emulator's own tests log in to. */
export const ENDPOINT = { hostname: 'localhost', region: 'eu-west-1', username: 'jane_doe' };

/** Two access keys of nobody: a user's and a role's. */
export const KEYS = {
  AKIDUSER: { secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  ASIAROLE: {
    secretAccessKey: 'je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY',
    sessionToken: `IQoJ+b3/JpZ2lu${'x'.repeat(900)}==`,
  },
};

/** An emulator with its authority, in front of the run's MariaDB. */
export interface EmulatedEndpoint {
  readonly emulator: MySqlEmulator;
  readonly caPem: string;
  /** A good token, but for the changes. */
  readonly token: (changes?: Partial<TokenRequest>) => string;
}

/** Starts an emulator that records, here or in a process of its own; `certificate` describes the one it shows. */
export async function startEndpoint(
  options: Partial<MySqlEmulatorOptions> = {},
  certificate: CertificateRequest = { names: ['localhost', '127.0.0.1'] },
  start: typeof startMySqlEmulator = startMySqlEmulator,
): Promise<EmulatedEndpoint> {
  const { host, port, users } = mariaDb();
  const authority = await createAuthority();
  const emulator = await start({
    backend: { host, port, users: { [ENDPOINT.username]: users.app } },
    endpoint: { hostname: ENDPOINT.hostname, region: ENDPOINT.region },
    credentials: KEYS,
    tls: await authority.issue(certificate),
    record: true,
    ...options,
  });
  const token = (changes: Partial<TokenRequest> = {}) =>
    signToken({
      ...ENDPOINT,
      port: emulator.port,
      accessKeyId: 'AKIDUSER',
      secretAccessKey: KEYS.AKIDUSER.secretAccessKey,
      ...changes,
    });
  return { emulator, caPem: authority.caPem, token };
}
