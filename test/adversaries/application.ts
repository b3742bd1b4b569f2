import { addIamAuth } from 'sequelize-rds-iam';
import { createSequelize, dialectOptionsFor, type Cell } from '../harness/cells';
import { until } from '../harness/eventually';
import { CREDENTIALS, USERNAME } from '../harness/rds';
import type { HandTls, Login } from './adversary';

/** How long the driver may take to log in; longer where the recording is to show what is lost, so that a busy machine loses it too. */
const LOGIN_MS = 3_000;
const BY_HAND_MS = 10_000;

/** An application that wants to run a query. */
export interface Application {
  readonly query: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const VERSIONS = { mysql: '8.0.36', mariadb: '10.11.6', postgres: '15.4.0' } as const;
const PORTS = { mysql: 3306, mariadb: 3306, postgres: 5432 } as const;

/** The port that the token is signed for. */
export const portOf = ({ dialect }: Cell): number => PORTS[dialect];

/** An application's options in the words of its major version; the driver's own are `driver`. */
function optionsOf(cell: Cell, port: number, driver: object, password?: string): object {
  const timeout = cell.dialect === 'postgres' ? 'connectionTimeoutMillis' : 'connectTimeout';
  const own = { [timeout]: password === undefined ? LOGIN_MS : BY_HAND_MS, ...driver };
  return {
    ...dialectOptionsFor(cell),
    database: 'app',
    host: '127.0.0.1',
    port,
    [cell.major === 6 ? 'username' : 'user']: USERNAME,
    ...(password !== undefined && { password }),
    logging: false,
    databaseVersion: VERSIONS[cell.dialect],
    pool: { max: 1, maxUses: 1, acquire: 11_000 },
    ...(cell.major === 6 ? { dialectOptions: own } : own),
  };
}

/** One that uses the package, behind a tunnel to the endpoint of that name. */
export function withPackage(cell: Cell, port: number, { hostname, ca }: Login): Application {
  const sequelize = createSequelize(cell, optionsOf(cell, port, {}));
  const iam = addIamAuth(sequelize, {
    endpoint: { hostname },
    tls: { ca },
    credentials: CREDENTIALS,
    logger: { warn: () => undefined },
  });
  return {
    query: () => sequelize.query('SELECT 1'),
    close: async () => {
      await sequelize.close();
      await until(() => iam.stats.connecting === 0);
    },
  };
}

/** One that hands over the token as its password, and verifies nothing, or the chain alone. */
export function byHand(
  cell: Cell,
  port: number,
  { ca, token, handTls }: { ca: string; token: string; handTls: HandTls | undefined },
): Application {
  const anyName = cell.dialect === 'mysql' ? {} : { checkServerIdentity: () => undefined };
  const ssl = handTls === 'ca' ? { ca, ...anyName } : { rejectUnauthorized: false };
  const answer = () => Buffer.from(`${token}\0`);
  const driver = {
    ...(handTls !== 'none' && { ssl }),
    ...(cell.dialect === 'mysql' && { authPlugins: { mysql_clear_password: () => answer } }),
  };
  const sequelize = createSequelize(cell, optionsOf(cell, port, driver, token));
  return {
    query: () => sequelize.query('SELECT 1'),
    close: () => sequelize.close(),
  };
}
