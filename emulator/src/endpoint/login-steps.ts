import { setTimeout as delay } from 'node:timers/promises';
import type { LoginFaults, LoginStep } from './endpoint-types';
import type { ClientLink } from './client-link';
import { Refusal } from './login-refusal';

// A timer of more fires at once.
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Does what the faults order for this step of a login: nothing, reset the connection, or fall silent. */
export async function reach(
  step: LoginStep,
  {
    link,
    server,
  }: { readonly link: ClientLink; readonly server: { readonly faults: Partial<LoginFaults> } },
): Promise<void> {
  if (server.faults.resetAt === step) throw new Refusal('refused', 'reset');
  if (server.faults.silentAt === step) await link.keepSilent();
}

/** Waits as long as the faults order before the token is answered. */
export async function waitBeforeAnswer(
  { delayMs = 0, jitterMs: [min, max] = [0, 0] }: Partial<LoginFaults>,
  signal: AbortSignal,
): Promise<void> {
  const waitMs = delayMs + min + Math.random() * (max - min);
  if (waitMs > 0) await delay(waitMs, undefined, { signal });
}

/** How long a login may last with these faults, when a client may take `timeoutMs`. */
export function deadlineMs(
  timeoutMs: number,
  { delayMs = 0, jitterMs, silentAt }: Partial<LoginFaults>,
) {
  const ms = timeoutMs + delayMs + (jitterMs?.[1] ?? 0);
  return silentAt === undefined ? Math.min(ms, MAX_TIMER_MS) : Infinity;
}

/** Throws when the faults name a step that logins to this engine do not have. */
export function checkSteps(
  { silentAt, resetAt }: Partial<LoginFaults>,
  { name, steps }: { readonly name: string; readonly steps: readonly LoginStep[] },
): void {
  for (const step of [silentAt, resetAt])
    if (step !== undefined && !steps.includes(step))
      throw new Error(`A ${name} login has no step '${step}'; its steps are ${steps.join(', ')}`);
}
