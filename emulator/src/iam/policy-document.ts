type OneOrMany = string | readonly string[];

/** What a statement is about: one of each pair. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: OneOrMany;
  readonly NotAction?: OneOrMany;
  readonly Resource?: OneOrMany;
  readonly NotResource?: OneOrMany;
}

/** An identity-based policy of IAM, as far as the emulator imitates them. */
export interface PolicyDocument {
  readonly Version?: '2012-10-17' | '2008-10-17';
  readonly Id?: string;
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}

const DOCUMENT_KEYS = ['Version', 'Id', 'Statement'];
const STATEMENT_KEYS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource'];
const VERSIONS: readonly unknown[] = ['2012-10-17', '2008-10-17'];

/** The texts of an element that has one or many. */
export function many(element: OneOrMany | undefined): readonly string[] {
  if (element === undefined) return [];
  return typeof element === 'string' ? [element] : element;
}

/** The statements of a document. */
export function statementsOf({ Statement }: PolicyDocument): readonly PolicyStatement[] {
  return 'Effect' in Statement ? [Statement] : Statement;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown, where: string, keys: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${where} must be an object`);
  for (const key of Object.keys(value))
    if (!keys.includes(key))
      throw new Error(
        `${where} has ${key}, which the emulator does not imitate: it knows ${keys.join(', ')}`,
      );
  return value as Fields;
}

function expectText(value: unknown, where: string): void {
  if (value !== undefined && typeof value !== 'string')
    throw new Error(`${where} must be a string`);
}

function textsOf(value: unknown, where: string): readonly string[] {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  const isText = (text: unknown) => typeof text === 'string' && text !== '';
  if (texts.length === 0 || !texts.every(isText))
    throw new Error(`${where} must be a string or a list of strings, none of them empty`);
  return texts as string[];
}

function expectAction(action: string, where: string): void {
  if (action !== '*' && !/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(action))
    throw new Error(`${where}: "${action}" must be * or service:action, like rds-db:connect`);
}

function expectResource(resource: string, where: string): void {
  if (resource.includes('${'))
    throw new Error(
      `${where}: "${resource}" has a policy variable, which the emulator does not imitate`,
    );
  if (resource !== '*' && !/^arn:[^:]+:[^:*?]+:./.test(resource))
    throw new Error(
      `${where}: "${resource}" must be * or an ARN, like arn:aws:rds-db:eu-west-1:123456789012:dbuser:cluster-ABC/app_user`,
    );
}

/** One of the pair, and only one. */
function expectOneOf(
  statement: Fields,
  [name, not]: readonly [string, string],
  where: string,
  expectPattern: (pattern: string, where: string) => void,
): void {
  if ((statement[name] === undefined) === (statement[not] === undefined))
    throw new Error(`${where} must have either ${name} or ${not}`);
  const present = statement[name] === undefined ? not : name;
  for (const pattern of textsOf(statement[present], `${where}.${present}`))
    expectPattern(pattern, `${where}.${present}`);
}

function expectStatement(value: unknown, where: string): void {
  const statement = fieldsOf(value, where, STATEMENT_KEYS);
  expectText(statement['Sid'], `${where}.Sid`);
  if (statement['Effect'] !== 'Allow' && statement['Effect'] !== 'Deny')
    throw new Error(`${where}.Effect must be Allow or Deny`);
  expectOneOf(statement, ['Action', 'NotAction'], where, expectAction);
  expectOneOf(statement, ['Resource', 'NotResource'], where, expectResource);
}

/**
 * Checks that the emulator imitates all that a policy says, and returns a copy.
 *
 * @throws {Error} that names the element which is wrong, or which the emulator does not imitate.
 */
export function parsePolicy(value: unknown): PolicyDocument {
  const document = fieldsOf(value, 'The policy', DOCUMENT_KEYS);
  if (document['Version'] !== undefined && !VERSIONS.includes(document['Version']))
    throw new Error(`The policy’s Version must be ${VERSIONS.join(' or ')}`);
  expectText(document['Id'], 'The policy’s Id');
  const statements = document['Statement'];
  if (Array.isArray(statements)) {
    if (statements.length === 0) throw new Error('The policy has no Statement');
    for (const [index, statement] of statements.entries())
      expectStatement(statement, `Statement[${index}]`);
  } else expectStatement(statements, 'Statement');
  return structuredClone(document) as unknown as PolicyDocument;
}
