import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ROOT } from './child';

/** A port of loopback where connections are neither accepted nor refused, as where packets are dropped. */
export interface CrowdedServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Listens, and then never looks at its queue again. */
const BLOCKED = `
const server = require('node:net').createServer().listen(Number(process.argv[1]), '127.0.0.1', 1, () => {
  require('node:fs').writeSync(1, String(server.address().port));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
`;
/** More than the queue holds. */
const CROWD = 4;

/** Starts one on this port, by default on a free one. */
export async function startCrowdedServer(wanted = 0): Promise<CrowdedServer> {
  const server = spawn(process.execPath, ['--eval', BLOCKED, String(wanted)], { cwd: ROOT });
  const [said] = (await once(server.stdout, 'data')) as [Buffer];
  const port = Number(said.toString());
  const crowd: Socket[] = Array.from({ length: CROWD }, () => connect(port, '127.0.0.1'));
  for (const socket of crowd) socket.on('error', () => undefined);
  await once(crowd[0] ?? server, 'connect');
  return {
    port,
    close: async () => {
      for (const socket of crowd) socket.destroy();
      const gone = once(server, 'exit');
      server.kill('SIGKILL');
      await gone;
    },
  };
}
