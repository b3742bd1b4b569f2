// A limiter of your own in place of the package's.
const { setTimeout: sleep } = require('node:timers/promises');
const { QueryTypes, Sequelize } = require('sequelize');
const { addIamAuth } = require('sequelize-rds-iam');

/** At most `limit` logins at a time. A slot is free again one second after its login has ended. */
function createLimiter(limit) {
  let free = limit;
  return {
    async acquire({ leaseMs, signal }) {
      while (free === 0) {
        await sleep(50, undefined, { signal }).catch(() => signal?.throwIfAborted());
      }
      free -= 1;
      let isHeld = true;
      const settle = () => {
        if (isHeld) setTimeout(() => (free += 1), 1_000).unref();
        isHeld = false;
      };
      setTimeout(settle, leaseMs).unref(); // in case it is never settled
      return { settle };
    },
  };
}

async function main() {
  const sequelize = new Sequelize({
    dialect: 'mysql',
    host: process.env.DB_HOST, // mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com
    port: process.env.DB_PORT ?? 3306,
    username: process.env.DB_USER, // the database user that the IAM policy names
    database: process.env.DB_NAME,
    logging: false,
  });
  addIamAuth(sequelize, { limiter: createLimiter(5) });

  const [row] = await sequelize.query('SELECT CURRENT_USER() AS user', { type: QueryTypes.SELECT });
  console.log(`Logged in as ${row.user}`);
  await sequelize.close();
}

main();
