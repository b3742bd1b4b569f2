import { setTimeout as sleep } from 'node:timers/promises';
import type { Sequelize } from 'sequelize';
import type { Login } from './logins';
import { createShop, type QueriesResult } from './shop';
import type { Stage } from './stage';
import type { Target } from './target';
import { Undo } from './undo';

/** The second that the server looks back on, and a margin: late logins are seen, and the next run begins with a clean slate. */
const CLEAN_SECOND_MS = 1_200;

/** What to run: the application, logged in one way. */
export interface RunRequest {
  readonly name: string;
  readonly connect: (target: Target, max: number) => Sequelize;
  readonly stage: Stage;
  readonly undo: Undo;
  readonly queries: number;
  readonly seconds: number;
  readonly max: number;
}

/** How it went. */
export interface Run {
  readonly name: string;
  readonly queries: QueriesResult;
  readonly logins: readonly Login[];
}

/** Migrates, storms the database with reports, and leaves it as it was. */
export async function runApplication(request: RunRequest): Promise<Run> {
  const { name, connect, stage } = request;
  const mine = new Undo();
  request.undo.add(() => mine.run());

  const sequelize = connect(stage.target, request.max);
  mine.add(() => sequelize.close());
  await stage.watch(sequelize);
  const shop = createShop(sequelize);
  if (stage.isKept) mine.add(() => shop.dropTables());

  await shop.setUp();
  const queries = await shop.runReports(request.queries, request.seconds);
  await sleep(CLEAN_SECOND_MS);
  const logins = await stage.logins();
  const [problem] = await mine.run();
  if (problem !== undefined) throw problem;
  return { name, queries, logins };
}
