const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The account of an access key ID, which AWS has encoded in the ID since 2019; `undefined` for older IDs. */
export function accountOfKey(accessKeyId: string): string | undefined {
  const code = /^(?:AKIA|ASIA)([A-Z2-7]{16})$/.exec(accessKeyId)?.[1];
  if (code === undefined) return undefined;
  const bits = Array.from(code).reduce((sum, char) => sum * 32n + BigInt(BASE32.indexOf(char)), 0n);
  // The first bit is set. Older IDs are random and begin with I or J here.
  if (bits >> 79n === 0n) return undefined;
  return String((bits >> 39n) & 0xff_ffff_ffffn).padStart(12, '0');
}
