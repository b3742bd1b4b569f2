import { AccessKeys } from '../../../src/iam/access-keys';

const known = { secretAccessKey: 'secret' };
const wrong = {
  secretAccessKey: 'secret',
  policies: [
    { Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition: {} } },
  ] as never,
};

describe('AccessKeys', () => {
  it('knows what was added, until it is removed', () => {
    const keys = new AccessKeys({ AKIDONE: known });
    const { lookUp } = keys;
    keys.add('AKIDTWO', { ...known, users: [] });
    expect([lookUp('AKIDONE'), lookUp('AKIDTWO')]).toEqual([known, { ...known, users: [] }]);
    keys.add('AKIDTWO', known);
    expect(lookUp('AKIDTWO')).toEqual(known);
    keys.remove('AKIDTWO');
    expect(lookUp('AKIDTWO')).toBeUndefined();
  });

  it.each(['constructor', '__proto__', 'toString'])('does not know %s', (accessKeyId) => {
    expect(new AccessKeys({}).lookUp(accessKeyId)).toBeUndefined();
  });

  it('keeps policies as they were when they were added', () => {
    const Statement = { Effect: 'Allow' as const, Action: '*', Resource: '*' };
    const keys = new AccessKeys({ AKIDONE: { ...known, policies: [{ Statement }] } });
    Statement.Action = 's3:*';
    expect(keys.lookUp('AKIDONE')?.policies).toEqual([
      { Statement: { ...Statement, Action: '*' } },
    ]);
  });

  it('refuses policies that are not imitated, and says of which key', () => {
    const message =
      /^The policies of AKIDONE: Statement has Condition, which the emulator does not/;
    expect(() => new AccessKeys({ AKIDONE: wrong })).toThrow(message);
    expect(() => new AccessKeys().add('AKIDONE', wrong)).toThrow(message);
  });
});
