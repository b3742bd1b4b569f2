import type { Project } from '../consumer';
import { testRunners } from './test-runners';

/** Every consumer, in the order of the table. */
export const projects: readonly Project[] = [...testRunners];
