import type { Contender, PeerSettings, PeerTarget } from '../contenders';

/** A contender that is set up, and has not connected yet. */
export interface Client {
  /** Runs a query on a connection that no other query uses before `release`. */
  readonly hold: () => Promise<{ readonly release: () => Promise<unknown> }>;
  readonly query: () => Promise<unknown>;
  readonly close: () => Promise<unknown>;
}

/** Loads nothing that the contender does not need. */
export async function setUp(
  contender: Contender,
  target: PeerTarget,
  settings: PeerSettings,
): Promise<Client> {
  if (contender === 'wrapper') {
    const { connectWithWrapper } = await import('./wrapper.js');
    return connectWithWrapper(target, settings);
  }
  const { connectWithSequelize } = await import('./sequelize.js');
  return connectWithSequelize(contender, target, settings);
}
