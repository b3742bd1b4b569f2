import type { Application, Project } from '../consumer';
import { bundlers } from './bundlers';
import { instances } from './instances';
import { instrumentation } from './instrumentation';
import { languages } from './languages';
import { layouts } from './layouts';
import { nestjs } from './nestjs';
import { runtimes } from './runtimes';
import { sequelize7 } from './sequelize-7';
import { testRunners } from './test-runners';

/** Every consumer, in the order of the table. */
const projects: readonly Project[] = [
  ...testRunners,
  ...nestjs,
  ...bundlers,
  ...languages,
  ...layouts,
  ...instrumentation,
  ...instances,
  ...sequelize7,
  ...runtimes,
];

/** What the table calls an application. */
export const titleOf = (project: Project, { name }: Application) => `${project.name}: ${name}`;

/** The projects with the applications whose title is wanted. */
export function select(isWanted: (title: string) => boolean): Project[] {
  return projects
    .map((project) => ({
      ...project,
      applications: project.applications.filter((each) => isWanted(titleOf(project, each))),
    }))
    .filter(({ applications }) => applications.length > 0);
}
