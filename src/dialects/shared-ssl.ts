/** More than the hosts and certificates of any application. */
const MAX_KEPT = 20;

const kept: object[] = [];

/**
 * Returns the object of an earlier login if its values are still the same, or else this one. mysql2 from 3.24.4 on keeps the
 * parsed roots and the TLS session for as long as it sees the same `ssl` object; a new object for each login would cost it both.
 */
export function sharedSsl<Ssl extends Readonly<Record<string, unknown>>>(ssl: Ssl): Ssl {
  const earlier = kept.find((other) => hasSameValues(other, ssl));
  // It has the same keys and values.
  if (earlier !== undefined) return earlier as Ssl;
  kept.push(ssl);
  if (kept.length > MAX_KEPT) kept.shift();
  return ssl;
}

function hasSameValues(one: object, other: object): boolean {
  const entries = Object.entries(one);
  return (
    entries.length === Object.keys(other).length &&
    entries.every(
      ([name, value]) => Object.hasOwn(other, name) && Reflect.get(other, name) === value,
    )
  );
}
