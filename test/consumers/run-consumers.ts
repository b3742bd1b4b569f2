import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Application, Outcome, Project } from './consumer';
import { outside, type Endpoints } from './endpoints';
import { install, type Installed } from './install';
import { judge } from './judge';
import { titleOf } from './projects';
import { shell } from './shell';

/** A row of the table. */
export interface Row {
  readonly consumer: string;
  readonly versions: string;
  readonly outcome: Outcome;
  readonly seconds: number;
  /** What the programs printed, for those who ask why. */
  readonly output: string;
}

interface Context {
  readonly tarball: string;
  readonly endpoints: Endpoints;
}

/** Installs a project in a temporary folder, runs its applications one after the other, and tells of each as it ends. */
export async function runProject(
  project: Project,
  context: Context,
  tell: (row: Row) => void,
): Promise<void> {
  const parent = mkdtempSync(join(tmpdir(), 'sequelize-rds-iam-consumer-'));
  let startedAt = performance.now();
  const finish = (application: Application, row: Omit<Row, 'consumer' | 'seconds'>) => {
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    startedAt = performance.now();
    tell({ ...row, consumer: titleOf(project, application), seconds });
  };
  try {
    const installed = await install(project, { ...context, parent, env: outside() });
    for (const [index, application] of project.applications.entries()) {
      const out = join(parent, `out-${index}`);
      mkdirSync(out);
      const { outcome, output } = await runApplication(application, installed, out, context);
      finish(application, { outcome, output, versions: installed.versions });
    }
  } catch (error) {
    const output = error instanceof Error ? error.message : String(error);
    const outcome = { kind: 'fails', reason: 'could not be installed' } as const;
    for (const application of project.applications) {
      finish(application, { outcome, output, versions: '' });
    }
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

let visitors = 0;

async function runApplication(
  application: Application,
  { folder, path }: Installed,
  out: string,
  { endpoints }: Context,
): Promise<{ outcome: Outcome; output: string }> {
  const { engine = 'mysql', run } = application;
  const visitor = `visitor-${process.pid}-${(visitors += 1)}`;
  const environment = endpoints.environment(engine, visitor);
  const ended = await shell(run, {
    cwd: folder,
    env: { ...environment, PATH: `${path}:${environment['PATH'] ?? ''}`, OUT: out },
  });
  const visits = await endpoints.visits(engine, visitor);
  return { outcome: judge(application, ended, visits), output: ended.output };
}
