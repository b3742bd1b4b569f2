type Listener = (reason: unknown) => void;

const listeners = new WeakMap<AbortSignal, Set<Listener>>();

/**
 * Calls `listener` with the signal's reason when it aborts, or at once when it has; the returned function takes it back.
 * Many instances may share a signal, which gets one listener all the same: Node warns of a leak from the eleventh on.
 */
export function onAbort(signal: AbortSignal | undefined, listener: Listener): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) {
    listener(signal.reason);
    return () => undefined;
  }
  const all = listeners.get(signal) ?? new Set();
  listeners.set(signal, all.add(listener));
  if (all.size === 1) signal.addEventListener('abort', callAll);
  return () => {
    all.delete(listener);
    if (all.size === 0) signal.removeEventListener('abort', callAll);
  };
}

function callAll(this: AbortSignal): void {
  for (const listener of listeners.get(this) ?? []) listener(this.reason);
}
