/** The little application that every consumer is: it logs in, inserts one row and selects it. */
import type { Engine } from './consumer';

interface AppOptions {
  /** TypeScript is written as ES modules are. */
  readonly syntax?: 'cjs' | 'esm';
  readonly version?: 6 | 7;
  readonly engine?: Engine;
  readonly way?: 'addIamAuth' | 'register' | 'withIamAuth';
  /** With the driver handed over, as bundlers need it with Sequelize 6. */
  readonly isBundled?: boolean;
  /** Where no name can be resolved to this machine: by the `endpoint` option. */
  readonly isTunnel?: boolean;
}

const DIALECTS = {
  mysql: { driver: 'mysql2', module: '@sequelize/mysql', name: 'MySqlDialect' },
  postgres: { driver: 'pg', module: '@sequelize/postgres', name: 'PostgresDialect' },
} as const;

/** `names` is empty for a module that is loaded for its effect, and one name without braces for a default export. */
function load(syntax: 'cjs' | 'esm', names: string, module: string): string {
  if (names === '') return syntax === 'esm' ? `import '${module}';` : `require('${module}');`;
  return syntax === 'esm'
    ? `import ${names} from '${module}';`
    : `const ${names} = require('${module}');`;
}

/** A module with `visit()`, which resolves to how many rows of this visitor there are then. */
export function database({
  syntax = 'cjs',
  version = 6,
  engine = 'mysql',
  way = 'addIamAuth',
  isBundled = false,
  isTunnel = false,
}: AppOptions = {}): string {
  const dialect = DIALECTS[engine];
  const iamAuth = isTunnel
    ? '{ endpoint: { hostname: process.env.DB_HOST, port: Number(process.env.DB_PORT) } }'
    : 'true';
  const isFlag = way !== 'addIamAuth';
  const options = [
    `dialect: ${version === 7 ? dialect.name : `'${engine}'`},`,
    isBundled && version === 6 && `dialectModule: driver,`,
    isTunnel ? `host: '127.0.0.1',` : `host: process.env.DB_HOST,`,
    `port: Number(process.env.DB_PORT),`,
    `${version === 7 ? 'user' : 'username'}: process.env.DB_USER,`,
    `database: process.env.DB_NAME,`,
    version === 7
      ? `ssl: { ca: process.env.DB_CA },`
      : `dialectOptions: { ssl: { ca: process.env.DB_CA } },`,
    `logging: false,`,
    isFlag && `iamAuth: ${iamAuth},`,
  ].flatMap((line) => (line === false ? [] : [`  ${line}`]));
  const isWrapped = way === 'withIamAuth';

  return [
    load(syntax, '{ DataTypes, Sequelize }', version === 7 ? '@sequelize/core' : 'sequelize'),
    version === 7 && load(syntax, `{ ${dialect.name} }`, dialect.module),
    isBundled && version === 6 && load(syntax, 'driver', dialect.driver),
    way === 'register'
      ? load(syntax, '', 'sequelize-rds-iam/register')
      : load(syntax, `{ ${way} }`, 'sequelize-rds-iam'),
    ``,
    `${syntax === 'esm' ? 'export ' : ''}const sequelize = new Sequelize(${isWrapped ? 'withIamAuth(' : ''}{`,
    ...options,
    `}${isWrapped ? ')' : ''});`,
    !isFlag && `addIamAuth(sequelize${isTunnel ? `, ${iamAuth}` : ''});`,
    `const Visit = sequelize.define('Visit', { visitor: DataTypes.STRING }, { timestamps: false });`,
    ``,
    `${syntax === 'esm' ? 'export ' : ''}async function visit() {`,
    `  const visitor = process.env.VISITOR;`,
    `  await Visit.create({ visitor });`,
    `  const found = await Visit.findAll({ where: { visitor } });`,
    `  await sequelize.close();`,
    `  return found.length;`,
    `}`,
    syntax === 'cjs' && `module.exports = { sequelize, visit };`,
  ]
    .filter((line) => line !== false)
    .join('\n');
}

/** A program that visits once and says so, or why not. */
export function main(syntax: 'cjs' | 'esm', from: string): string {
  return `${load(syntax, '{ visit }', from)}
visit()
  .then((visits) => console.log('Visits: ' + visits))
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
`;
}

/** The same as a test, for runners with `it` and `expect`; `globals` is where they come from, if they are no globals. */
export function spec(syntax: 'cjs' | 'esm', from: string, globals?: string): string {
  return `${globals === undefined ? '' : load(syntax, '{ expect, it }', globals)}
${load(syntax, '{ visit }', from)}
it('visits', async () => {
  expect(await visit()).toBe(1);
});
`;
}
