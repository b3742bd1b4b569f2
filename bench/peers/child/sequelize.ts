import { Sequelize, type Options } from 'sequelize';
import { databaseOptions, type Target } from '../../../examples/demo/target';
import type { Contender, PeerSettings, PeerTarget } from '../contenders';
import type { Client } from './client';

/** With it, Sequelize asks no server for its version, on a connection of its own. */
type PeerOptions = Options & { readonly databaseVersion: string };
type SequelizeContender = Exclude<Contender, 'wrapper'>;
/** As docs/limits.md has it: twice what the pool's connections need at the limit, and 10 s. */
const acquireMs = (max: number, limit: number) =>
  Math.max(60_000, Math.ceil((2 * (max + 1)) / limit) * 1_000 + 10_000);

/** An application on Sequelize that logs in in this way. */
export async function connectWithSequelize(
  contender: SequelizeContender,
  target: PeerTarget,
  settings: PeerSettings,
): Promise<Client> {
  const { max, maxUses, limiter, driver } = settings;
  const dialectModule = driver && ((await import(driver)) as { default: object }).default;
  const more: PeerOptions = {
    databaseVersion: '8.0.36',
    ...(dialectModule && { dialectModule }),
    pool: { max, ...(maxUses && { maxUses }), acquire: acquireMs(max, limiter.limit) },
  };
  return clientOf(await WAYS[contender](target, settings, more));
}

const WAYS: Readonly<
  Record<
    SequelizeContender,
    (target: PeerTarget, settings: PeerSettings, more: PeerOptions) => Promise<Sequelize>
  >
> = {
  package: async (target, { max, limiter }, more) => {
    const { connectWithBuiltPackage } = await import('./built-package.js');
    return connectWithBuiltPackage(whole(target), max, limiter, more);
  },
  hook: async (target, { max }, more) => {
    const { connectByHand } = await import('../../../examples/demo/hand-written.js');
    return connectByHand(whole(target), max, more);
  },
  cached: async (target, { max }, more) => {
    const { connectWithCachedToken } = await import('./cached-token.js');
    return connectWithCachedToken(whole(target), max, more);
  },
  password: ({ password = '', ...target }, { max }, more) =>
    Promise.resolve(new Sequelize({ ...databaseOptions(whole(target), max, more), password })),
};

/** Credentials come from the environment. */
function whole(target: PeerTarget): Target {
  return { ...target, credentials: undefined, profile: undefined };
}

function clientOf(sequelize: Sequelize): Client {
  return {
    hold: async () => {
      const transaction = await sequelize.transaction();
      await sequelize.query('SELECT 1', { transaction });
      return { release: () => transaction.rollback() };
    },
    query: () => sequelize.query('SELECT 1'),
    close: () => sequelize.close(),
  };
}
