import type { Stage } from './adversary';
import { startImpostor, type Listening, type Play } from './impostor';
import { authSwitch, CLEAR, meetMySql, type MySqlLogin, type MySqlStart } from './mysql-server';
import {
  authentication,
  Authentication,
  meetPostgres,
  type PostgresLogin,
  type PostgresStart,
} from './postgres-server';

/** What a server that holds the endpoint's own certificate says in MySQL's protocol, once the client has greeted. */
export type MySqlTalk = (login: MySqlLogin, stage: Stage) => unknown;
/** The same in PostgreSQL's. */
export type PostgresTalk = (login: PostgresLogin, stage: Stage) => unknown;

/** Asks for the token as RDS does. */
export const askMySql: MySqlTalk = ({ ask }) => ask(authSwitch(CLEAR));
export const askPostgres: PostgresTalk = ({ ask }) => ask(authentication(Authentication.CLEAR));

/** How a server begins on this stage. */
type Start<Options> = (stage: Stage) => Options;

/** What a server of the driver's engine calls itself. */
export const versionOf = ({ dialect }: Stage): string =>
  dialect === 'mariadb' ? '10.11.6-MariaDB' : '8.0.36';

/** A server that speaks MySQL's protocol. */
export const mysqlServer =
  (start: Start<MySqlStart>, talk: MySqlTalk = askMySql) =>
  (stage: Stage): Promise<Listening> =>
    startImpostor(async (wire) => {
      const login = await meetMySql(wire, {
        nonce: stage.nonce,
        version: versionOf(stage),
        ...start(stage),
      });
      await talk(login, stage);
    });

/** A server that speaks PostgreSQL's protocol. */
export const postgresServer =
  (start: Start<PostgresStart>, talk: PostgresTalk = askPostgres) =>
  (stage: Stage): Promise<Listening> =>
    startImpostor(async (wire) => {
      await talk(await meetPostgres(wire, start(stage)), stage);
    });

/** A server of whichever engine the driver speaks to, which begins in this way and asks for the token. */
export const serverThat =
  (start: Start<Pick<MySqlStart & PostgresStart, 'shown' | 'drips'>>) => (stage: Stage) =>
    (stage.dialect === 'postgres' ? postgresServer : mysqlServer)(start)(stage);

/** A server that says this, whoever connects. */
export const serverOf =
  (play: (stage: Stage) => Play) =>
  (stage: Stage): Promise<Listening> =>
    startImpostor(play(stage));
