import type { Sequelize } from 'sequelize';
import type { Login, LoginOutcome } from './logins';
import type { Stage } from './stage';
import type { Target } from './target';

interface ConnectionManager {
  connect: (config: object) => Promise<unknown>;
}

/** A real endpoint, whose log nobody here can read: the logins are those that this process began. */
export function realRds(target: Target): Stage {
  let logins: Login[] = [];
  return {
    target,
    witness: 'client',
    watch: (sequelize) => {
      logins = [];
      observe(sequelize, logins);
      return Promise.resolve();
    },
    logins: () => Promise.resolve(logins.sort((a, b) => a.at - b.at)),
    isKept: true,
  };
}

/** Notes every connection that Sequelize lets the driver open. */
function observe(sequelize: Sequelize, logins: Login[]): void {
  // Sequelize's types leave `connect` of the manager out.
  const manager = sequelize.connectionManager as unknown as ConnectionManager;
  const connect = manager.connect.bind(manager);
  manager.connect = async (config) => {
    const at = performance.now();
    const note = (outcome: LoginOutcome) => logins.push({ at, outcome });
    try {
      const connection = await connect(config);
      note('accepted');
      return connection;
    } catch (error) {
      const isDenied = error instanceof Error && error.name === 'SequelizeAccessDeniedError';
      note(isDenied ? 'denied' : 'failed');
      throw error;
    }
  };
}
