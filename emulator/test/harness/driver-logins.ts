import * as mariadb from 'mariadb';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import {
  createAuthority,
  issueFaultyCertificates,
  startEndpoint,
  type Attempt,
  type Endpoint,
  type EndpointOptions,
  type LoginFaults,
} from 'rds-iam-emulator';
import { mariaDb, postgres } from '../../../test/harness/backend';
import { ENDPOINT, KEYS } from '../../../test/harness/emulated-endpoint';
import { signToken } from '../../../test/harness/sign-token';

/** A connection of any driver. */
interface DriverClient {
  readonly ask: () => Promise<unknown>;
  readonly end: () => Promise<void>;
  /** Resolves when the driver says that the connection is lost. */
  readonly lost: Promise<unknown>;
}

/** An endpoint before the run's server, with what its clients need. */
export interface EndpointOfDriver {
  readonly emulator: Endpoint<LoginFaults>;
  readonly attempts: () => Promise<Attempt[]>;
  readonly connect: (timeoutMs?: number) => Promise<DriverClient>;
}

const HOSTS = ['localhost', '127.0.0.1'];

interface Access {
  readonly port: number;
  readonly token: string;
  readonly ca: string;
  readonly timeoutMs: number;
}

const connectWith = {
  mysql2: async ({ port, token, ca, timeoutMs }: Access): Promise<DriverClient> => {
    const connection = await createConnection({
      host: ENDPOINT.hostname,
      port,
      user: ENDPOINT.username,
      password: token,
      database: 'app',
      ssl: { ca, verifyIdentity: true },
      authPlugins: { mysql_clear_password: () => () => Buffer.from(`${token}\0`) },
      connectTimeout: timeoutMs,
    });
    const lost = new Promise((resolve) => connection.on('error', resolve));
    return {
      ask: () => connection.query('SELECT 1'),
      end: () => connection.end(),
      lost,
    };
  },
  mariadb: async ({ port, token, ca, timeoutMs }: Access): Promise<DriverClient> => {
    const connection = await mariadb.createConnection({
      host: ENDPOINT.hostname,
      port,
      user: ENDPOINT.username,
      password: token,
      database: 'app',
      ssl: { ca },
      connectTimeout: timeoutMs,
    });
    const lost = new Promise((resolve) => connection.on('error', resolve));
    return {
      ask: () => connection.query('SELECT 1'),
      end: () => connection.end(),
      lost,
    };
  },
  pg: async ({ port, token, ca, timeoutMs }: Access): Promise<DriverClient> => {
    const client = new Client({
      host: ENDPOINT.hostname,
      port,
      user: ENDPOINT.username,
      password: token,
      database: 'app',
      ssl: { ca },
      connectionTimeoutMillis: timeoutMs,
    });
    const lost = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    return { ask: () => client.query('SELECT 1'), end: () => client.end(), lost };
  },
};

/** The drivers under test. */
export type DriverName = keyof typeof connectWith;

/** Starts an endpoint that can show each faulty certificate, for the clients of this driver. */
export async function startForDriver(
  driver: DriverName,
  options: Partial<EndpointOptions<LoginFaults>> = {},
): Promise<EndpointOfDriver> {
  const authority = await createAuthority();
  const [certificate, faulty] = await Promise.all([
    authority.issue({ names: HOSTS }),
    issueFaultyCertificates(authority, HOSTS),
  ]);
  const { host, port, users } = driver === 'pg' ? postgres() : mariaDb();
  const emulator = await startEndpoint({
    engine: driver === 'pg' ? 'postgres' : 'mysql',
    backend: { host, port, users: { [ENDPOINT.username]: users.app } },
    endpoint: { hostname: ENDPOINT.hostname, region: ENDPOINT.region },
    credentials: KEYS,
    tls: { ...certificate, faulty },
    record: true,
    ...options,
  });
  const connect = (timeoutMs = 10_000) => {
    const { secretAccessKey } = KEYS.AKIDUSER;
    const signed = { ...ENDPOINT, port: emulator.port, accessKeyId: 'AKIDUSER', secretAccessKey };
    const token = signToken(signed);
    return connectWith[driver]({ port: emulator.port, token, ca: authority.caPem, timeoutMs });
  };
  return { emulator, attempts: () => emulator.attempts(), connect };
}

/** Logs in once and leaves; resolves to `accepted`, or to the error's code and what it says. */
export async function outcomeOf(
  { connect }: EndpointOfDriver,
  timeoutMs?: number,
): Promise<string> {
  try {
    const client = await connect(timeoutMs);
    await client.end();
    return 'accepted';
  } catch (error) {
    const { code, message } = Object(error) as { code?: unknown; message?: unknown };
    return `${String(code)}: ${String(message)}`;
  }
}
