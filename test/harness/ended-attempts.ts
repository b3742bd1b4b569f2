import type { Attempt } from 'rds-iam-emulator';
import { until } from './eventually';

/**
 * The logins that an emulator saw, once none is under way: on a busy machine, one that began for a query may still be open when another
 * connection has served that query.
 */
export async function endedAttempts({
  emulator,
}: {
  readonly emulator: { attempts(): Promise<Attempt[]> };
}): Promise<Attempt[]> {
  await until(async () => (await emulator.attempts()).every(({ outcome }) => outcome !== 'open'));
  return emulator.attempts();
}
