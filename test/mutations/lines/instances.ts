import { mutationsOf } from '../mutation';

const ATTACH = 'test/unit/attach/add-iam-auth.test.ts';
const V7 = 'test/unit/sequelize/v7.test.ts';

export const instanceLines = [
  ...mutationsOf({ file: 'src/sequelize/v7.ts', test: V7 }, [
    {
      id: 'v7-pools-followed',
      find: '(pools.length > 1 ? pools : [])',
      replace: '[]',
      meaning: 'a reader’s connection is judged by the writer’s pool',
    },
    {
      id: 'v7-pool-of-create',
      find: 'creating.run(pool, () => create.call(pool._factory)),',
      replace: 'create.call(pool._factory),',
      meaning: 'a reader’s connection is judged by the writer’s pool',
    },
    {
      id: 'v7-options-removed',
      find: 'for (const option of Object.keys(changes)) Reflect.deleteProperty(config, option);',
      replace: '',
      meaning: 'the config of a connection keeps the options of its login',
    },
    {
      id: 'v7-native',
      find: 'options: { native, ...config }',
      replace: 'options: { ...config }',
      meaning: 'pg-native is accepted, which sends the token to an unverified server',
      test: 'test/unit/dialects/postgres.test.ts',
    },
    {
      id: 'v7-factory',
      find: " && hasMethods(each?._factory, ['create'])",
      replace: '',
      meaning: 'a Sequelize 7 whose pools cannot be followed is accepted',
    },
  ]),
  ...mutationsOf({ file: 'src/sequelize/v6.ts', test: 'test/unit/dialects/mysql.test.ts' }, [
    {
      id: 'v6-options-removed',
      find: 'return () => void Object.assign(config, before);',
      replace: 'return () => undefined;',
      meaning: 'the config that connections share keeps the options of one login',
    },
    {
      id: 'v6-password',
      find: 'Object.assign(config, { password }, overrides ? {} : move);',
      replace: 'Object.assign(config, overrides ? {} : move);',
      meaning: 'the driver gets no placeholder, and sends an empty password',
      test: ATTACH,
    },
  ]),
  ...mutationsOf(
    {
      file: 'src/sequelize/prepared-logins.ts',
      test: 'test/unit/sequelize/prepared-logins.test.ts',
    },
    [
      {
        id: 'login-expired',
        find: 'login.expiresAt > this.#now()',
        replace: 'login !== undefined',
        meaning: 'a login begins after its slot’s lease has ended',
      },
      {
        id: 'login-taken-once',
        find: 'return this.#live(config).shift();',
        replace: 'return this.#live(config)[0];',
        meaning: 'two connections use one slot and one token',
      },
      {
        id: 'login-expired-settled',
        find: "for (const login of ended) login.settle('notNeeded');",
        replace: '',
        meaning: 'logins that nobody made count as being in progress forever',
      },
    ],
  ),
  ...mutationsOf(
    { file: 'src/sequelize/pool-watch.ts', test: 'test/unit/sequelize/pool-watch.test.ts' },
    [
      {
        id: 'needed',
        find: 'return waiting > opening || size - this.#creates.size < minSize;',
        replace: 'return true;',
        meaning: 'a connection that no query needs costs a login',
      },
      {
        id: 'rejected-when-nobody-waits',
        find: 'if (this.#pool.waiting === 0) return false;',
        replace: 'return false;',
        meaning: 'a query fails with the rejection of a connection that it did not need',
      },
    ],
  ),
];
