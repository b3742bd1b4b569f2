import { readIdentity } from '../../../src/token/credential-identity';
import { changing } from '../../harness/hostile-values';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };

it.each([
  [{ accessKeyId: 5 }, 'accessKeyId is not a non-empty string'],
  [{ secretAccessKey: '' }, 'secretAccessKey is not a non-empty string'],
  [{ sessionToken: {} }, 'sessionToken is not a string'],
  [{ expiration: '2099-01-01' }, 'expiration is not a valid Date'],
  [{ expiration: new Date(NaN) }, 'expiration is not a valid Date'],
])('refuses %j', (part, reason) => {
  expect(() => readIdentity({ ...KEYS, ...part })).toThrow(reason);
});

it('copies each part, which may change into something else once it is checked', () => {
  const given = changing('accessKeyId', ['AKIDEXAMPLE', 'OTHER']);
  const copy = readIdentity(Object.defineProperty(given, 'secretAccessKey', { value: 'hidden' }));
  expect(copy.accessKeyId).toBe('AKIDEXAMPLE');
  expect(copy.accessKeyId).toBe('AKIDEXAMPLE');
});

it('copies the expiration, which the provider may change', () => {
  const expiration = new Date(1_000);
  const copy = readIdentity({ ...KEYS, expiration });
  expiration.setTime(2_000);
  expect(copy.expiration).toEqual(new Date(1_000));
});
