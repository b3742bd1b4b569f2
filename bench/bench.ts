/** `npm run bench -- storms|fleet|restart|limiters|import|observe|peers|picture`: what README and docs claim, measured. */
import { Undo } from '../examples/demo/undo';
import { benchFleet } from './bench-fleet';
import { benchImport } from './bench-import';
import { benchLimiters } from './bench-limiters';
import { benchObserve } from './bench-observe';
import { benchRestart } from './bench-restart';
import { benchStorms } from './bench-storms';
import { benchPeers } from './peers/bench-peers';
import { benchPicture } from './peers/picture';

const benches: Readonly<Record<string, (args: readonly string[], undo: Undo) => Promise<number>>> =
  {
    storms: benchStorms,
    fleet: benchFleet,
    restart: benchRestart,
    limiters: benchLimiters,
    import: benchImport,
    observe: benchObserve,
    peers: benchPeers,
    picture: benchPicture,
  };

async function main(): Promise<void> {
  const [name = '', ...args] = process.argv.slice(2);
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (bench === undefined) {
    console.error(`npm run bench -- ${Object.keys(benches).join('|')}`);
    process.exitCode = 2;
    return;
  }
  const undo = new Undo();
  try {
    process.exitCode = await bench(args, undo);
  } finally {
    await undo.run();
  }
}

void main();
