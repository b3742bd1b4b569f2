import { EventEmitter } from 'node:events';

export interface DriverOptions {
  readonly host?: string;
  readonly password?: string;
  readonly ssl?: object;
  readonly authPlugins?: object;
}

/** A driver for Sequelize's `dialectModule` that opens nothing: it records the options of each connection and accepts it. */
export function recordingDriver() {
  const opened: DriverOptions[] = [];
  class Connection extends EventEmitter {
    readonly stream = { destroyed: false };
    query(_: unknown, done: (error: null, rows: unknown[]) => void) {
      setImmediate(() => done(null, [{ version: '8.0.36' }]));
      return this;
    }
    end(done: () => void): void {
      setImmediate(done);
    }
  }
  const module = {
    createConnection: (options: DriverOptions) => {
      opened.push(options);
      const connection = new Connection();
      setImmediate(() => connection.emit('connect'));
      return connection;
    },
  };
  return { module, opened };
}

let hosts = 0;
/** An endpoint that no other test has used: the limiter counts by endpoint. */
export const freshHost = () => `db-${(hosts += 1)}.abc.eu-west-1.rds.amazonaws.com`;
