import { mutationsOf } from '../mutation';

const ATTACH = 'test/unit/attach/add-iam-auth.test.ts';
const INSTANCES = 'test/unit/attach/one-instance.test.ts';
const REGISTER_7 = 'test/unit/attach/register-iam-auth-7.test.ts';

export const attachmentLines = [
  ...mutationsOf({ file: 'src/attach/attachment.ts', test: ATTACH }, [
    {
      id: 'attachment-symbol',
      find: "Symbol.for('sequelize-rds-iam.attachment.v1')",
      replace: "Symbol('sequelize-rds-iam.attachment.v1')",
      meaning: 'two copies of the package attach to one instance',
      test: REGISTER_7,
    },
    {
      id: 'closed-instance',
      find: "        endWaits('the Sequelize instance was closed');\n",
      replace: '',
      meaning: 'connections that wait when the instance is closed log in afterwards',
    },
    {
      id: 'removed-waits',
      find: "      endWaits('IAM authentication was removed');\n",
      replace: '',
      meaning: 'connections that wait when IAM authentication is removed log in afterwards',
    },
    {
      id: 'checked-at-once',
      find: '    dialect.check(driverConfig);\n    checkTarget(driverConfig, options, dialect);\n',
      replace: '',
      meaning: 'mistakes are reported by the first connection only',
    },
    {
      id: 'undone-on-throw',
      find: '    undo();\n    throw error;',
      replace: '    throw error;',
      meaning: 'an instance that is refused stays half changed',
      test: INSTANCES,
    },
    {
      id: 'pool-replaced',
      find: 'if (watch === undefined) {',
      replace: 'if (false) {',
      meaning: 'a pool that was replaced is not watched, so unwanted connections log in',
    },
  ]),
  ...mutationsOf({ file: 'src/attach/add-iam-auth.ts', test: INSTANCES }, [
    {
      id: 'other-options',
      find: 'if (own !== undefined && !keepsOwn && !inherits) refuseOtherOptions(existing !== undefined);',
      replace: '',
      meaning: 'a second call replaces the options of an instance without a word',
      test: ATTACH,
    },
    {
      id: 'removed-stays-removed',
      find: 'if (decided.has(sequelize) || isOff) return undefined;',
      replace: 'if (isOff) return undefined;',
      meaning: 'an instance logs in with IAM after remove()',
    },
    {
      id: 'flag-false',
      find: 'if (decided.has(sequelize) || isOff) return undefined;',
      replace: 'if (decided.has(sequelize)) return undefined;',
      meaning: 'a copy with iamAuth: false logs in with IAM',
    },
    {
      id: 'carried-error',
      find: 'if (carried.error !== undefined && !isInherited(carried, sequelize)) throw carried.error;',
      replace: '',
      meaning: 'an instance whose options were refused connects',
    },
  ]),
  ...mutationsOf({ file: 'src/sequelize/carried-options.ts', test: INSTANCES }, [
    {
      id: 'carried-symbol',
      find: "Symbol.for('sequelize-rds-iam.options.v1')",
      replace: "Symbol('sequelize-rds-iam.options.v1')",
      meaning: 'another copy of the package does not see an instance’s IAM options',
    },
  ]),
  ...mutationsOf(
    { file: 'src/attach/register-iam-auth.ts', test: 'test/unit/attach/register-iam-auth.test.ts' },
    [
      {
        id: 'flag-removed',
        find: 'if (iamAuth !== false) delete options.iamAuth;',
        replace: '',
        meaning: 'whoever prints an instance sees the credentials of its flag',
      },
      {
        id: 'flagged-error',
        find: '    failConnections(sequelize, error, options);\n',
        replace: '',
        meaning: 'an instance whose options were refused connects without IAM',
      },
    ],
  ),
  ...mutationsOf({ file: 'src/attach/register-7.ts', test: REGISTER_7 }, [
    {
      id: 'flag-restored-on-throw',
      find: 'for (const left of constructions.splice(0).reverse()) left.restore();',
      replace: 'constructions.splice(0);',
      meaning: 'after an error in the constructor, the caller’s options have no flag any more',
    },
    {
      id: 'flag-restored',
      find: '    restore?.();\n',
      replace: '',
      meaning: 'within the turn, the caller’s options have no flag any more',
    },
    {
      id: 'flag-hidden-in-frozen',
      find: 'if (isHidden) return restore;',
      replace: 'return restore;',
      meaning: 'frozen options fail with Sequelize’s error about an unknown option',
    },
    {
      id: 'attached-once',
      find: 'if (iamAuth !== undefined && attachmentOf(sequelize) === undefined) {',
      replace: 'if (iamAuth !== undefined) {',
      meaning: 'an instance that another copy of the package serves is refused',
    },
  ]),
];
