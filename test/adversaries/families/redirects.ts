import { MYSQL, type Adversary, type Stage } from '../adversary';
import type { Listening } from '../impostor';
import { mysqlError, ok, okWithVariable, SESSION_TRACK } from '../mysql-server';
import { mysqlServer } from '../plays';

/** Names a second server, with a neighbor's certificate, when the client has logged in; what that one gets is what counts. */
const naming =
  (say: (url: string) => Buffer) =>
  async (stage: Stage): Promise<Listening> => {
    const { certificates, username } = stage;
    const second = await mysqlServer(() => ({ shown: certificates.otherTenant }))(stage);
    const url = `mariadb://${username}@127.0.0.1:${second.port}/app`;
    const first = await mysqlServer(
      () => ({ shown: certificates.right, version: '11.4.2-MariaDB', capabilities: SESSION_TRACK }),
      async ({ say: answer, serve }) => {
        answer(say(url));
        await serve(ok);
      },
    )(stage);
    return {
      port: first.port,
      received: second.received,
      close: async () => {
        await Promise.all([first.close(), second.close()]);
      },
    };
  };

const who = "an impostor with the endpoint's certificate and key, for a server without";

/** Those who send the client to another server. */
export const redirects: readonly Adversary[] = [
  {
    id: 'redirect-variable',
    who,
    does: 'accepts the login and names another server in `redirect_url`',
    dialects: MYSQL,
    handTls: 'ca',
    byHand: { mysql: 'nothing', mariadb: 'nothing', mariadb7: 'token' },
    listen: naming((url) => okWithVariable('redirect_url', url)),
  },
  {
    id: 'redirect-error',
    who,
    does: 'refuses the login with an error that names another server',
    dialects: MYSQL,
    byHand: 'nothing',
    listen: naming((url) => mysqlError(1_105, `Location: ${url}`)),
  },
];
