/** In milliseconds. Both are needed: the wall clock may be set back, the monotonic one may stand still during a sleep. */
export interface Clocks {
  readonly wall: () => number;
  readonly monotonic: () => number;
}

/** In milliseconds, from some instant; never set back. */
export const monotonicNow = (): number => performance.now();

export const systemClocks: Clocks = { wall: () => Date.now(), monotonic: monotonicNow };
