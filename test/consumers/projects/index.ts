import type { Project } from '../consumer';
import { bundlers } from './bundlers';
import { instances } from './instances';
import { languages } from './languages';
import { layouts } from './layouts';
import { runtimes } from './runtimes';
import { sequelize7 } from './sequelize-7';
import { testRunners } from './test-runners';

/** Every consumer, in the order of the table. */
export const projects: readonly Project[] = [
  ...testRunners,
  ...bundlers,
  ...languages,
  ...layouts,
  ...instances,
  ...sequelize7,
  ...runtimes,
];
