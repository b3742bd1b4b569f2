/** The middle one of some values, or what lies half way between the two in the middle; `NaN` of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const [upper = NaN, lower = upper] = [sorted[middle], sorted[middle - (1 - (sorted.length % 2))]];
  return (upper + lower) / 2;
}
