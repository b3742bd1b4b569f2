import { database } from '../app';
import type { Project } from '../consumer';

const SIX = { sequelize: '^6', mysql2: '^3' };

/** The second instance lives on when the first is closed, and its rows are in a database of its own. */
const copy = (load: string) => `${load}
const other = new Sequelize({ ...sequelize.options, database: process.env.OTHER_DB });
visit().then(async () => {
  await other.query('INSERT INTO Visits (visitor) VALUES (?)', { replacements: [process.env.VISITOR] });
  const [rows] = await other.query('SELECT DATABASE() AS name');
  await other.close();
  console.log('Visited ' + rows[0].name);
});`;

const REQUIRES = `const { Sequelize } = require('sequelize'); const { sequelize, visit } = require('./database');`;
const IMPORTS = `import { Sequelize } from 'sequelize'; import { sequelize, visit } from './database.mjs';`;

const copied = { visits: 2, prints: /Visited consumers_other/ };

export const instances: Project[] = [
  {
    name: 'Two instances, one a copy of the other',
    packages: SIX,
    files: {
      'database.js': database(),
      'copy.js': copy(REQUIRES),
      'database.mjs': database({ syntax: 'esm', way: 'withIamAuth' }),
      'copy.mjs': copy(IMPORTS),
      'flag/database.js': database({ way: 'register' }),
      'flag/copy.js': copy(REQUIRES),
    },
    applications: [
      { name: 'CommonJS, addIamAuth', run: ['node copy.js'], ...copied },
      { name: 'ES modules, withIamAuth', run: ['node copy.mjs'], ...copied },
      { name: 'CommonJS, register', run: ['node flag/copy.js'], ...copied },
    ],
  },
  {
    name: 'require and import in one process',
    packages: SIX,
    files: {
      'database.js': database({ way: 'register' }),
      'database.mjs': database({ syntax: 'esm' }),
      'both.mjs': `import assert from 'node:assert';
        import { createRequire } from 'node:module';
        import * as imported from 'sequelize-rds-iam';
        import { createRedisLimiter } from 'sequelize-rds-iam/redis';
        import { runDoctor } from 'sequelize-rds-iam/doctor';
        import { visit } from './database.mjs';
        const require = createRequire(import.meta.url);
        const required = require('sequelize-rds-iam');
        assert.deepStrictEqual({ ...imported }, { ...required });
        const redis = require('sequelize-rds-iam/redis');
        const doctor = require('sequelize-rds-iam/doctor');
        for (const limit of [createRedisLimiter, redis.createRedisLimiter]) {
          assert.throws(() => limit({}, { limit: -1 }), required.IamAuthError);
          assert.throws(() => limit({}, { limit: -1 }), imported.IamAuthError);
        }
        for (const run of [runDoctor, doctor.runDoctor]) {
          await assert.rejects(run({ config: 'no-such-file.json' }), imported.IamAuthError);
        }
        await visit();
        await require('./database').visit();`,
    },
    applications: [{ name: 'one IamAuthError', run: ['node both.mjs'], visits: 2 }],
  },
];
