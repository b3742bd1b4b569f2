import { ALL, MYSQL, POSTGRES, type Adversary, type Stage } from '../adversary';
import { mysqlPacket } from '../../harness/mysql-packets';
import { authSwitch, CLEAR, moreData, mysqlError, ok, type MySqlStart } from '../mysql-server';
import { mysqlServer, postgresServer, serverThat } from '../plays';
import { authentication, Authentication, readyForQuery } from '../postgres-server';

const who = 'a middleman, or a server that is not the endpoint';

/** Says something in one piece with the greeting, before TLS, and then shows a certificate for another name. */
const glued = (
  says: (stage: Stage) => Buffer,
  more: MySqlStart = {},
): Pick<Adversary, 'dialects' | 'listen'> => ({
  dialects: MYSQL,
  listen: mysqlServer((stage) => ({
    shown: stage.certificates.otherTenant,
    glued: says(stage),
    ...more,
  })),
});

const consent = (says: Buffer): Pick<Adversary, 'dialects' | 'listen'> => ({
  dialects: POSTGRES,
  listen: postgresServer(({ certificates }) => ({ shown: certificates.otherTenant, glued: says })),
});

/** Those who say something before TLS that is to be taken for something said in TLS. */
export const stuffing: readonly Adversary[] = [
  {
    id: 'glued-switch',
    who,
    does: 'asks for `mysql_clear_password` in one piece with its greeting, before TLS',
    sees: { mysql: 'ERR_IAM_AUTH_TLS', mariadb: 'AUTH_SWITCH_PLUGIN_ERROR' },
    byHand: 'token',
    ...glued(() => mysqlPacket(2, authSwitch(CLEAR))),
  },
  {
    id: 'glued-switches',
    who,
    does: 'asks for three plugins in one piece with its greeting, before TLS',
    byHand: {},
    ...glued(({ nonce }) =>
      Buffer.concat([
        mysqlPacket(2, authSwitch('mysql_native_password', nonce)),
        mysqlPacket(3, authSwitch(CLEAR)),
        mysqlPacket(4, ok),
      ]),
    ),
  },
  {
    id: 'glued-switch-dripped',
    who,
    does: 'does so one byte at a time',
    byHand: 'nothing',
    ...glued(() => mysqlPacket(2, authSwitch(CLEAR)), { drips: true }),
  },
  {
    id: 'glued-native',
    who,
    does: 'asks for `mysql_native_password` in one piece with its greeting, before TLS',
    byHand: 'token',
    ...glued(({ nonce }) => mysqlPacket(2, authSwitch('mysql_native_password', nonce))),
  },
  {
    id: 'glued-sha256',
    who,
    does: 'asks for `sha256_password` in one piece with its greeting, before TLS',
    byHand: 'token',
    ...glued(({ nonce }) => mysqlPacket(2, authSwitch('sha256_password', nonce))),
  },
  {
    id: 'glued-half',
    who,
    does: 'sends half of a request for the token before TLS, for its own first packet in TLS to complete',
    byHand: 'hash',
    ...glued(() => mysqlPacket(2, authSwitch(CLEAR)).subarray(0, 12)),
  },
  {
    id: 'glued-more-data',
    who,
    does: 'sends more data for a plugin in one piece with its greeting, before TLS',
    byHand: 'nothing',
    ...glued(() => mysqlPacket(2, moreData(Buffer.of(4)))),
  },
  {
    id: 'glued-ok',
    who,
    does: 'says that the login has succeeded in one piece with its greeting, before TLS',
    byHand: 'nothing',
    ...glued(() => mysqlPacket(2, ok)),
  },
  {
    id: 'glued-error',
    who,
    does: 'refuses the login in one piece with its greeting, before TLS',
    byHand: 'nothing',
    ...glued(() => mysqlPacket(2, mysqlError(1_045, 'Access denied'))),
  },
  {
    id: 'glued-consent',
    who,
    does: 'asks for the clear-text password in one piece with its consent to TLS, before TLS',
    byHand: 'nothing',
    ...consent(authentication(Authentication.CLEAR)),
  },
  {
    id: 'glued-consent-ok',
    who,
    does: 'says that the login has succeeded in one piece with its consent to TLS, before TLS',
    byHand: 'nothing',
    ...consent(Buffer.concat([authentication(Authentication.OK), readyForQuery])),
  },
  {
    id: 'dripped',
    who: 'another customer of RDS, with its own valid certificate',
    does: 'sends everything one byte at a time',
    dialects: ALL,
    // By hand, the same as with other-tenant, but byte by byte.
    byHand: {},
    listen: serverThat(({ certificates }) => ({ shown: certificates.otherTenant, drips: true })),
  },
];
