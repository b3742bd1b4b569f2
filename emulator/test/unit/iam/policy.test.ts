import fc from 'fast-check';
import { matchesGlob } from '../../../src/iam/glob';
import { databaseUserArn, evaluatePolicies } from '../../../src/iam/policy';
import { parsePolicy, type PolicyStatement } from '../../../src/iam/policy-document';

const JANE = {
  region: 'eu-west-1',
  account: '123456789012',
  resourceId: 'cluster-ABC',
  username: 'jane_doe',
};
const ARN = 'arn:aws:rds-db:eu-west-1:123456789012:dbuser:cluster-ABC/jane_doe';

const statement = (changes: object = {}): PolicyStatement => ({
  Effect: 'Allow',
  Action: 'rds-db:connect',
  Resource: ARN,
  ...changes,
});
const evaluate = (...Statement: PolicyStatement[]) =>
  evaluatePolicies([parsePolicy({ Version: '2012-10-17', Statement })], JANE);

describe('databaseUserArn', () => {
  it.each([
    { region: 'eu-west-1', partition: 'aws' },
    { region: 'cn-north-1', partition: 'aws-cn' },
    { region: 'us-gov-west-1', partition: 'aws-us-gov' },
  ])('is in the partition $partition in $region', ({ region, partition }) => {
    expect(databaseUserArn({ ...JANE, region })).toBe(
      `arn:${partition}:rds-db:${region}:123456789012:dbuser:cluster-ABC/jane_doe`,
    );
  });
});

describe('a policy', () => {
  it.each([
    { Action: 'rds-db:connect' },
    { Action: 'RDS-DB:Connect' },
    { Action: 'rds-db:*' },
    { Action: 'rds-db:con?ect' },
    { Action: ['s3:GetObject', 'rds-db:connect'] },
    { Action: '*' },
    { Action: undefined, NotAction: 's3:*' },
    { Resource: '*' },
    { Resource: 'arn:aws:rds-db:*' },
    { Resource: 'arn:aws:rds-db:*:123456789012:dbuser:*/jane_doe' },
    { Resource: 'arn:aws:rds-db:eu-west-?:*:dbuser:cluster-???/*' },
    { Resource: ['arn:aws:s3:::bucket', ARN] },
    { Resource: undefined, NotResource: `${ARN}2` },
  ])('allows by %j', (changes) => {
    expect(evaluate(statement(changes))).toBe('allowed');
  });

  it.each([
    { Action: 'rds:connect' },
    { Action: 'rds-db:Connec' },
    { Action: 'rds-db:connect2' },
    { Action: undefined, NotAction: 'rds-db:*' },
    { Action: undefined, NotAction: ['s3:*', 'RDS-DB:CONNECT'] },
    { Resource: ARN.replace('jane', 'Jane') },
    { Resource: ARN.replace('ABC', 'abc') },
    { Resource: ARN.replace('cluster-ABC', 'db-ABC') },
    { Resource: ARN.replace('rds-db', 'rds') },
    { Resource: 'arn:aws:rds:*' },
    { Resource: ARN.replace('arn:aws:', 'arn:aws-cn:') },
    { Resource: ARN.replace('eu-west-1', 'eu-west-2') },
    { Resource: ARN.replace('dbuser:', 'dbuser/') },
    { Resource: undefined, NotResource: ['arn:aws:s3:::bucket', ARN] },
    { Resource: undefined, NotResource: '*' },
    { Effect: 'Deny' },
  ])('does not allow by %j', (changes) => {
    expect(evaluate(statement(changes))).toBe('denied');
  });

  it('with a Deny denies whatever it allows, in either order', () => {
    const deny = statement({ Effect: 'Deny', Resource: '*' });
    expect(evaluate(statement(), deny)).toBe('denied');
    expect(evaluate(deny, statement())).toBe('denied');
    expect(evaluate(statement(), { ...deny, Action: 's3:*' })).toBe('allowed');
  });

  it('with a Deny denies what another one allows', () => {
    const [allow, deny] = ['Allow', 'Deny'].map((Effect) =>
      parsePolicy({ Statement: statement({ Effect }) }),
    );
    expect(
      evaluatePolicies(
        [allow, deny].flatMap((policy) => policy ?? []),
        JANE,
      ),
    ).toBe('denied');
  });

  it('denies without any', () => {
    expect(evaluatePolicies([], JANE)).toBe('denied');
  });

  const elsewhere = statement({ Resource: ARN.replace('123456789012', '210987654321') });
  it('tells an account that is not the database’s', () => {
    expect(evaluate(elsewhere)).toBe('wrong-account');
    expect(evaluate({ ...elsewhere, Resource: 'arn:aws:rds-db:*:2?0987654321:*' })).toBe(
      'wrong-account',
    );
  });

  it('does not blame the account for what else is wrong', () => {
    expect(evaluate(elsewhere, statement({ Effect: 'Deny', Resource: '*' }))).toBe('denied');
    expect(evaluate({ ...elsewhere, Resource: `${String(elsewhere.Resource)}2` })).toBe('denied');
    expect(evaluate({ ...elsewhere, Action: 's3:*' })).toBe('denied');
  });
});

describe('parsePolicy', () => {
  it('returns a copy of what it accepts', () => {
    const given = { Version: '2008-10-17', Id: 'one', Statement: [{ Sid: 'two', ...statement() }] };
    const parsed = parsePolicy(given);
    expect(parsed).toEqual(given);
    expect(parsed).not.toBe(given);
    expect(parsed.Statement).not.toBe(given.Statement);
  });

  it.each([
    { policy: 'text', says: 'The policy must be an object' },
    { policy: null, says: 'The policy must be an object' },
    { policy: [], says: 'The policy must be an object' },
    { policy: { Version: '2012-10-18' }, says: 'Version must be 2012-10-17 or 2008-10-17' },
    { policy: { Id: 1 }, says: 'Id must be a string' },
    { policy: { Statements: [] }, says: 'Statements, which the emulator does not imitate' },
    { policy: {}, says: 'Statement must be an object' },
    { policy: { Statement: [] }, says: 'The policy has no Statement' },
    { policy: { Statement: [statement(), 1] }, says: 'Statement[1] must be an object' },
  ])('refuses $policy: $says', ({ policy, says }) => {
    expect(() => parsePolicy(policy)).toThrow(says);
  });

  it.each([
    { changes: { Condition: {} }, says: 'Statement has Condition, which the emulator does not' },
    { changes: { Principal: '*' }, says: 'Statement has Principal, which the emulator does not' },
    { changes: { NotPrincipal: '*' }, says: 'has NotPrincipal, which the emulator does not' },
    { changes: { resource: '*' }, says: 'Statement has resource, which the emulator does not' },
    { changes: { Sid: 1 }, says: 'Statement.Sid must be a string' },
    { changes: { Effect: 'allow' }, says: 'Statement.Effect must be Allow or Deny' },
    { changes: { Effect: undefined }, says: 'Statement.Effect must be Allow or Deny' },
    { changes: { Action: undefined }, says: 'must have either Action or NotAction' },
    { changes: { NotAction: '*' }, says: 'must have either Action or NotAction' },
    { changes: { Action: [] }, says: 'Statement.Action must be a string or a list of strings' },
    { changes: { Action: ['*', 1] }, says: 'Statement.Action must be a string or a list' },
    { changes: { Action: '' }, says: 'Statement.Action must be a string or a list' },
    { changes: { Action: 'connect' }, says: '"connect" must be * or service:action' },
    { changes: { Action: 'rds-*:connect' }, says: '"rds-*:connect" must be * or service:action' },
    { changes: { Resource: undefined }, says: 'must have either Resource or NotResource' },
    { changes: { NotResource: '*' }, says: 'must have either Resource or NotResource' },
    { changes: { Resource: 'cluster-ABC' }, says: '"cluster-ABC" must be * or an ARN' },
    { changes: { Resource: 'arn:aws:*:x' }, says: '"arn:aws:*:x" must be * or an ARN' },
    { changes: { Resource: 'arn:aws:rds-db' }, says: 'must be * or an ARN' },
    { changes: { Resource: `${ARN}/\${aws:username}` }, says: 'has a policy variable, which' },
    {
      changes: { Resource: undefined, NotResource: ['*', 'x'] },
      says: 'Statement.NotResource: "x" must be * or an ARN',
    },
  ])('refuses a statement with $changes: $says', ({ changes, says }) => {
    expect(() => parsePolicy({ Statement: statement(changes) })).toThrow(says);
    expect(() => parsePolicy({ Statement: [statement(changes)] })).toThrow('Statement[0]');
  });
});

describe('matchesGlob', () => {
  /** The definition, in the time that it takes. */
  function matchesNaively(pattern: string, text: string): boolean {
    if (pattern === '') return text === '';
    if (pattern.startsWith('*'))
      return (
        matchesNaively(pattern.slice(1), text) ||
        (text !== '' && matchesNaively(pattern, text.slice(1)))
      );
    return (
      text !== '' &&
      (pattern.startsWith('?') || pattern[0] === text[0]) &&
      matchesNaively(pattern.slice(1), text.slice(1))
    );
  }
  const of = (...characters: string[]) =>
    fc.string({ unit: fc.constantFrom(...characters), maxLength: 10 });

  it('is what its definition says', () => {
    fc.assert(
      fc.property(of('a', 'b', ':', '*', '?'), of('a', 'b', ':', '*', '?'), (pattern, text) => {
        expect(matchesGlob(pattern, text)).toBe(matchesNaively(pattern, text));
      }),
      { numRuns: 20_000 },
    );
  });

  it('finds each text in patterns made of it', () => {
    const mask = fc.array(fc.constantFrom('keep', 'one', 'many'), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(of('a', 'b', ':', '/'), mask, (text, masks) => {
        const parts = { keep: (char: string) => char, one: () => '?', many: () => '*' };
        const pattern = Array.from(text, (char, at) => parts[masks[at] ?? 'keep'](char)).join('');
        expect(matchesGlob(pattern, text)).toBe(true);
      }),
    );
  });

  it('takes no exponential time', () => {
    expect(matchesGlob(`${'*a'.repeat(200)}b`, 'a'.repeat(5000))).toBe(false);
  });
});
