/** Both in milliseconds. The wall clock may be set back; the monotonic clock may stop while the machine sleeps. */
export interface Clocks {
  readonly wall: () => number;
  readonly monotonic: () => number;
}

/** Milliseconds since an arbitrary time. Never goes back. */
export const monotonicNow = (): number => performance.now();

export const systemClocks: Clocks = { wall: () => Date.now(), monotonic: monotonicNow };
