import { once } from 'node:events';
import { connect } from 'node:net';
import { ALL, MYSQL, POSTGRES, type Adversary, type Stage } from '../adversary';
import { startImpostor, type Listening } from '../impostor';
import { reach, startReal } from '../middleman';
import { authSwitch, CLEAR, mysqlError, nextFactor, ok, MULTI_FACTOR } from '../mysql-server';
import { askMySql, askPostgres, mysqlServer, postgresServer } from '../plays';
import { authentication, Authentication, commandComplete, readyForQuery } from '../postgres-server';

const LOCAL_INFILE = 0xfb;
const clear = authentication(Authentication.CLEAR);
const who =
  'the endpoint, or who has its certificate and key: the first token is due to it, and not counted';

/** Passes every byte on to the endpoint, and then plays what the client said to it again. */
async function replaying(stage: Stage): Promise<Listening> {
  const real = await startReal(stage);
  const middleman = await startImpostor(async (wire) => {
    const upstream = await reach(real.port);
    upstream.on('data', (bytes: Buffer) => wire.send(bytes));
    try {
      for (;;) upstream.write(await wire.take());
    } finally {
      upstream.destroy();
    }
  });
  const replay = async () => {
    const again = connect(real.port, '127.0.0.1');
    again.on('error', () => undefined).resume();
    again.end(middleman.received());
    await once(again, 'close');
  };
  return {
    ...middleman,
    close: async () => {
      await middleman.close();
      await replay();
      const accepted = (await real.attempts()).filter(({ outcome }) => outcome === 'accepted');
      await real.close();
      if (accepted.length !== 1) throw new Error(`${accepted.length} logins were accepted`);
    },
  };
}

const right = ({ certificates }: Stage) => ({ shown: certificates.right });

/** The endpoint itself, and those with its certificate and key or none to show. */
export const endpoint: readonly Adversary[] = [
  {
    id: 'endpoint',
    who: 'the endpoint itself: no adversary, but what shows that the recording finds a token',
    does: 'asks for the token',
    dialects: ALL,
    byHand: 'token',
    due: ALL,
    listen: (stage) =>
      (stage.dialect === 'postgres' ? postgresServer(right) : mysqlServer(right))(stage),
  },
  {
    id: 'replay',
    who: 'a middleman who passes TLS on',
    does: 'records every byte, and plays them to the endpoint again, which refuses them',
    dialects: ALL,
    byHand: 'nothing',
    letsIn: true,
    listen: replaying,
  },
  {
    id: 'asks-twice',
    who,
    does: 'asks for the token a second time',
    dialects: MYSQL,
    byHand: { mysql: 'token', mariadb6: 'token', mariadb7: 'nothing' },
    listen: mysqlServer(right, async (login, stage) => {
      await askMySql(login, stage);
      login.wire.forget();
      await askMySql(login, stage);
    }),
  },
  {
    id: 'asks-again-otherwise',
    who,
    does: 'asks for the token, and then for `sha256_password`',
    dialects: MYSQL,
    byHand: { mysql: 'token', mariadb6: 'token', mariadb7: 'nothing' },
    listen: mysqlServer(right, async (login, stage) => {
      await askMySql(login, stage);
      login.wire.forget();
      await login.ask(authSwitch('sha256_password', stage.nonce));
    }),
  },
  {
    id: 'asks-next-factor',
    who,
    does: 'claims multi-factor authentication, and asks for a second factor in clear text',
    dialects: MYSQL,
    byHand: { mysql: 'token', mariadb: 'nothing' },
    listen: mysqlServer(
      (stage) => ({ ...right(stage), capabilities: MULTI_FACTOR }),
      async (login, stage) => {
        await askMySql(login, stage);
        login.wire.forget();
        await login.ask(nextFactor(CLEAR));
      },
    ),
  },
  {
    id: 'asks-after-ok',
    who,
    does: 'asks for the token again when the client is logged in',
    dialects: MYSQL,
    byHand: 'nothing',
    listen: mysqlServer(right, async (login, stage) => {
      await askMySql(login, stage);
      login.wire.forget();
      // The first command sets the time zone, before the application's query.
      await login.ask(ok);
      await login.ask(ok);
      login.say(authSwitch(CLEAR));
    }),
  },
  {
    id: 'asks-twice-postgres',
    who,
    does: 'asks for the clear-text password a second time',
    dialects: POSTGRES,
    byHand: 'token',
    listen: postgresServer(right, async (login, stage) => {
      await askPostgres(login, stage);
      login.wire.forget();
      await askPostgres(login, stage);
    }),
  },
  {
    id: 'asks-twice-at-once',
    who: "an impostor with the endpoint's certificate and key",
    does: 'asks for the clear-text password twice in one piece',
    dialects: POSTGRES,
    byHand: 'token',
    listen: postgresServer(right, ({ ask }) => ask(Buffer.concat([clear, clear]))),
  },
  {
    id: 'asks-after-ok-postgres',
    who,
    does: 'asks for the clear-text password again when the client is logged in',
    dialects: POSTGRES,
    byHand: 'token',
    listen: postgresServer(right, async (login, stage) => {
      await askPostgres(login, stage);
      login.wire.forget();
      login.say(Buffer.concat([authentication(Authentication.OK), readyForQuery]));
      for (;;) {
        await login.wire.take();
        login.say(Buffer.concat([clear, commandComplete, readyForQuery]));
      }
    }),
  },
  {
    id: 'infile-for-ok',
    who,
    does: 'requests a file of the client (LOCAL INFILE) in place of accepting the login',
    dialects: MYSQL,
    byHand: 'nothing',
    listen: mysqlServer(right, ({ ask }) => ask(infileOf())),
  },
  {
    id: 'infile',
    who,
    does: 'accepts the login without a token, and requests a file of the client (LOCAL INFILE) in answer to its query',
    dialects: MYSQL,
    // There, the MariaDB connector throws where nobody can catch it, with and without this package.
    except: ['mariadb6'],
    byHand: 'nothing',
    listen: async (stage) => {
      const server = await mysqlServer(right, async ({ ask, say }) => {
        // The first command sets the time zone, before the application's query.
        await ask(ok);
        await ask(ok);
        await ask(infileOf());
        say(mysqlError(1_105, 'no'));
      })(stage);
      const hasFile = () => server.received().includes('WHAT THE FILE SAYS');
      return { ...server, prize: () => (hasFile() ? 'a file' : undefined) };
    },
  },
];

/** Requests this very file: WHAT THE FILE SAYS. */
function infileOf(): Buffer {
  return Buffer.concat([Buffer.of(LOCAL_INFILE), Buffer.from(__filename)]);
}
