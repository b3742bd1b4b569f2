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
      find: 'if (!rule.accepts(member)) {',
      replace: 'if (false) {',
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
      find: 'if (inner !== undefined) checkOptions(member, path, inner);',
      replace: '',
      meaning: 'a misspelled option within limiter, endpoint or tls is ignored',
    },
  ]),
  ...mutationsOf({ file: 'src/options.ts', test: UNIT }, [
    {
      id: 'credentials-secret',
      find: '    ),\n  isSecret: true,\n};\n\nconst ca',
      replace: '    ),\n};\n\nconst ca',
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
      find: "items.every((item) => String(item).includes('-----BEGIN CERTIFICATE-----'))",
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
      find: 'if (value instanceof Promise) {',
      replace: 'if (false) {',
      meaning:
        'an endpoint function that returns a promise is ignored, and the tunnel is signed for',
      test: 'test/unit/endpoint/endpoint.test.ts',
    },
    {
      id: 'endpoint-of-function',
      find: "checkOptions(value, 'iamAuth.endpoint()', endpointRules);",
      replace: '',
      meaning: 'what an endpoint function returns is not checked',
    },
    {
      id: 'flag-type',
      find: "if (typeof flag === 'object' && !Array.isArray(flag)) return flag;",
      replace: 'if (Boolean(flag)) return Object(flag);',
      meaning: 'any value of the flag turns IAM authentication on',
    },
  ]),
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
