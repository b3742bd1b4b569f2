import type { Project } from '../consumer';
import { bundlers } from './bundlers';
import { languages } from './languages';
import { layouts } from './layouts';
import { testRunners } from './test-runners';

/** Every consumer, in the order of the table. */
export const projects: readonly Project[] = [...testRunners, ...bundlers, ...languages, ...layouts];
