import type { BackendTarget } from '../backend/backend-url';
import { parseBackendUrl } from '../backend/backend-url';
import { parseRequestedUsers } from '../backend/requested-user';
import { startBackend, type Backend } from '../backend/start-backend';
import { startDatabase } from '../servers/start-database';
import type { StartEmulatorOptions } from './emulator-types';
import { UsageError } from '../usage-error';

/** The database that an application finds in a private server. */
const PRIVATE_DATABASE = 'app';

/** A private server's own database, where an administrator begins. */
const FIRST_DATABASE = { mysql: 'mysql', postgres: 'postgres' };

interface Source {
  readonly target: BackendTarget;
  readonly isPrivate: boolean;
  readonly stop: () => Promise<void>;
}

async function openSource({ backend, start }: StartEmulatorOptions): Promise<Source> {
  if (start === undefined)
    return {
      target: parseBackendUrl(backend ?? ''),
      isPrivate: false,
      stop: () => Promise.resolve(),
    };
  const { stop, ...server } = await startDatabase(start);
  const protocol = start === 'mariadb' ? 'mysql' : start;
  return {
    target: { ...server, protocol, database: FIRST_DATABASE[protocol] },
    isPrivate: true,
    stop,
  };
}

function checkEngine({ engine }: Backend, wanted: StartEmulatorOptions['engine']): void {
  if (wanted !== undefined && wanted !== engine)
    throw new UsageError(`engine ${wanted}: the backend is ${engine}: leave engine away`);
}

/** The backend of the options with its users, or a private server with a new database; `close()` undoes it. */
export async function openDatabase(options: StartEmulatorOptions): Promise<Backend> {
  const users = parseRequestedUsers(options.users);
  const { target, isPrivate, stop } = await openSource(options);
  let backend: Backend | undefined;
  try {
    backend = await startBackend({
      target,
      users,
      // A private server goes away with its users.
      keep: isPrivate || (options.keep ?? false),
      ...(isPrivate && { createDatabase: PRIVATE_DATABASE }),
    });
    checkEngine(backend, options.engine);
  } catch (error) {
    await Promise.allSettled([backend?.close(), stop()]);
    throw error;
  }
  const { close } = backend;
  return {
    ...backend,
    close: async () => {
      try {
        await close();
      } finally {
        await stop();
      }
    },
  };
}
