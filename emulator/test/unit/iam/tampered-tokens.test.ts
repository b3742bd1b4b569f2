import { AccessKeys, type KnownCredentials } from '../../../src/iam/access-keys';
import { describeRefusal } from '../../../src/iam/refusal';
import { verifyToken } from '../../../src/iam/verify-token';
import { ENDPOINT, KEYS } from '../../../../test/harness/emulated-endpoint';
import { signToken } from '../../../../test/harness/sign-token';
import {
  acceptedTokens,
  refusedTokens,
  TABLE_KEYS,
  type Sign,
} from '../../harness/tampered-tokens';

const expected = { ...ENDPOINT, port: 5432 };
const { lookUp } = new AccessKeys({ ...KEYS, ...TABLE_KEYS });
const sign: Sign = (changes) =>
  signToken({ ...expected, accessKeyId: 'AKIDUSER', ...KEYS.AKIDUSER, ...changes });
const verify = (token: string) => verifyToken({ token, expected, lookUp, now: Date.now() });

it('has more than 100 different variants', () => {
  const tokens = [...refusedTokens, ...acceptedTokens].map(({ make }) => make(sign));
  expect(new Set([sign(), ...tokens]).size).toBe(1 + tokens.length);
  expect(tokens.length).toBeGreaterThan(100);
});

it.each(refusedTokens)('refuses $what: $reason', ({ reason, make }) => {
  expect(verify(make(sign))).toMatchObject({ ok: false, reason });
});

it.each(acceptedTokens)('accepts $what: $why', ({ make }) => {
  expect(verify(make(sign))).toMatchObject({ ok: true });
});

it('refuses an empty one', () => {
  expect(verify('')).toMatchObject({ ok: false, reason: 'malformed' });
});

it('tells nothing of a token in what it says of it', () => {
  const known: KnownCredentials[] = Object.values({ ...KEYS, ...TABLE_KEYS });
  const secrets = known.flatMap(({ secretAccessKey, sessionToken }) =>
    sessionToken === undefined ? [secretAccessKey] : [secretAccessKey, sessionToken],
  );
  for (const { make } of refusedTokens) {
    const token = make(sign);
    const verdict = verify(token);
    if (verdict.ok) throw new Error('This token is to be refused');
    const said =
      JSON.stringify(verdict) + JSON.stringify(describeRefusal(verdict.reason, verdict.details));
    const signature = /[0-9a-f]{64}/i.exec(token)?.[0] ?? 'none at all';
    for (const secret of [...secrets, signature, 'IQoJ', 'X-Amz-'])
      expect(said.includes(secret) ? `${secret} in ${said}` : 'nothing').toBe('nothing');
  }
});
