import { mutationsOf } from '../mutation';

const UNIT = 'test/unit/options.test.ts';

export const optionLines = [
  ...mutationsOf({ file: 'src/option-rules.ts', test: UNIT }, [
    {
      id: 'option-unknown',
      find: 'if (rule === undefined) {',
      replace: 'if (rule === undefined) continue;\n    if (rule === undefined) {',
      meaning: 'an option that is misspelled is ignored without a word',
    },
    {
      id: 'option-type',
      find: 'if (inner === undefined || inner === false) {',
      replace: 'if (inner === undefined || inner === false) continue;\n    if (false) {',
      meaning: 'an option of the wrong type is accepted',
    },
    {
      id: 'option-inherited-name',
      find: 'Object.hasOwn(rules, key) ? rules[key] : undefined;',
      replace: 'rules[key];',
      meaning: 'an option named like a method of objects counts as known',
    },
    {
      id: 'option-secret',
      find: 'rule.isSecret ? `this ${typeof member}` : show(member)',
      replace: 'show(member)',
      meaning: 'an error message contains credentials',
    },
    {
      id: 'option-inner',
      find: 'Reflect.set(options, key, checkedOptions(member as object, path, inner.rules));',
      replace: '',
      meaning: 'a misspelled option within limiter, endpoint or tls is ignored',
    },
  ]),
  ...mutationsOf({ file: 'src/options.ts', test: UNIT }, [
    {
      id: 'credentials-secret',
      find: '  isSecret: true,\n};\n\nconst ca',
      replace: '};\n\nconst ca',
      meaning: 'an error message contains credentials',
    },
    {
      id: 'credentials-and-profile',
      find: 'if (options.credentials !== undefined && options.profile !== undefined) {',
      replace: 'if (false) {',
      meaning: 'of credentials and a profile, one is ignored without a word',
    },
    {
      id: 'ca-path',
      find: 'items.every((item) => isPem(item))',
      replace: 'items.every(Boolean)',
      meaning: 'a path is accepted as a certificate',
    },
    {
      id: 'reuse-bound',
      find: 'value > 0 && value <= MAX_REUSE_MS,',
      replace: 'value > 0,',
      meaning: 'a token is reused for longer than RDS accepts it',
    },
    {
      id: 'endpoint-promise',
      find: "if (isFunction(propertyOf(value, 'then'))) {",
      replace: 'if (false) {',
      meaning:
        'an endpoint function that returns a promise is ignored, and the tunnel is signed for',
      test: 'test/unit/endpoint/endpoint.test.ts',
    },
    {
      id: 'endpoint-of-function',
      find: "return checkedOptions(value, 'iamAuth.endpoint()', endpointRules);",
      replace: 'return value;',
      meaning: 'what an endpoint function returns is not checked',
    },
    {
      id: 'flag-type',
      find: "if (typeof flag === 'object' && attempt(() => Array.isArray(flag)) === false) return flag;",
      replace: 'if (Boolean(flag)) return Object(flag);',
      meaning: 'any value of the flag turns IAM authentication on',
    },
  ]),
  ...mutationsOf({ file: 'src/untrusted.ts', test: 'test/unit/attacks/lines.test.ts' }, [
    {
      id: 'text-one-line',
      find: 'return text.replace(UNPRINTABLE, escaped);',
      replace: 'return text;',
      meaning: 'a name forges lines of the log',
    },
    {
      id: 'text-direction',
      find: '[\\p{Cc}\\p{Cf}\\p{Zl}',
      replace: '[\\p{Cc}\\p{Zl}',
      meaning: 'a name reverses the text beside it in the log',
    },
    {
      id: 'text-password',
      find: 'at === -1 ? text : `…${text.slice(at)}`',
      replace: 'at === -1 ? text : text',
      meaning: 'an error message contains the password of a URL',
    },
    {
      id: 'text-length',
      find: '.slice(0, MAX_SHOWN)',
      replace: '',
      meaning: 'a name fills the log',
    },
  ]),
  ...mutationsOf(
    { file: 'src/application/engines.ts', test: 'test/unit/application/engines.test.ts' },
    [
      {
        id: 'connection-text',
        find: "return `'${text.replace(/['\\\\]/g, '\\\\$&')}'`;",
        replace: "return `'${text}'`;",
        meaning: 'the name of a database sends the token to another host',
      },
      {
        id: 'connection-text-plain',
        find: "if (/^[^\\s'\\\\]+$/.test(text)) return text;",
        replace: 'return text;',
        meaning: 'the name of a database with a space in it sends the token to another host',
      },
    ],
  ),
  ...mutationsOf(
    { file: 'src/observe/error-code.ts', test: 'test/unit/observe/error-code.test.ts' },
    [
      {
        id: 'message-as-code',
        find: 'CODE.test(value);',
        replace: 'true;',
        meaning: 'channels publish messages, which may name the user',
      },
    ],
  ),
  ...mutationsOf(
    { file: 'src/login/login-trace.ts', test: 'test/unit/login/login-trace.test.ts' },
    [
      {
        id: 'user-in-channel',
        find: 'constructor({ hostname, port, region }: Endpoint, dialect',
        replace: 'constructor({ hostname, port, username: region }: Endpoint, dialect',
        meaning: 'channels publish the user',
      },
    ],
  ),
];
