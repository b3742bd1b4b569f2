import type { PeerSettings, PeerTarget } from '../contenders';
import type { Client } from './client';

interface WrapperModule {
  readonly AwsMySQLClient: new (config: object) => {
    connect(): Promise<void>;
    query(sql: string): Promise<unknown>;
    end(): Promise<void>;
  };
}

/** AWS's wrapper with its IAM plugin on bare mysql2: a client for each connection, at most `max` at a time. */
export async function connectWithWrapper(
  target: PeerTarget,
  { max }: PeerSettings,
): Promise<Client> {
  // An ES module, whose types the linter does not find.
  const { AwsMySQLClient } = (await import('aws-advanced-nodejs-wrapper/mysql')) as WrapperModule;
  const { host, port, username: user, database, ca } = target;
  const ssl = ca === undefined ? 'Amazon RDS' : { ca };
  let free = max;
  const waiting: (() => void)[] = [];
  const leave = () => {
    free += 1;
    waiting.shift()?.();
  };
  const open = async () => {
    while (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    free -= 1;
    const client = new AwsMySQLClient({
      ...{ host, port, user, database, ssl },
      plugins: 'iam',
      enableCleartextPlugin: true,
    });
    const release = async () => {
      await client.end();
      leave();
    };
    try {
      await client.connect();
      await client.query('SELECT 1');
      return { release };
    } catch (error) {
      await release().catch(() => undefined);
      throw error;
    }
  };
  return {
    hold: open,
    query: async () => {
      const { release } = await open();
      await release();
    },
    close: () => Promise.resolve(),
  };
}
