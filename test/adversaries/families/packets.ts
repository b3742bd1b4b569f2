import { ALL, MYSQL, POSTGRES, type Adversary } from '../adversary';
import { mysqlPacket } from '../../harness/mysql-packets';
import { authSwitch, CLEAR, mysqlError, greetingOf } from '../mysql-server';
import { mysqlServer, postgresServer, serverOf } from '../plays';
import { authentication, Authentication, postgresError, postgresMessage } from '../postgres-server';

const NONSENSE = Array.from({ length: 200 }, (_, at) => (at * 7 + 3) % 256);
const LARGEST = 0xff_ff_ff;
const who = 'a server that does not keep to the protocol';
const impostor = "an impostor with the endpoint's certificate and key";

/** Says these bytes to whoever connects, before TLS. */
const saying = (
  says: (nonce: Buffer) => Buffer,
): Pick<Adversary, 'dialects' | 'listen' | 'byHand'> => ({
  dialects: MYSQL,
  byHand: {},
  listen: serverOf(({ nonce }) => async (wire) => {
    wire.send(says(nonce));
    await wire.rest();
  }),
});

const greeting = (nonce: Buffer) =>
  mysqlPacket(0, greetingOf({ shown: { certPem: '', keyPem: '' } }, nonce));

const giant = (payload: Buffer) =>
  mysqlPacket(0, Buffer.concat([payload, Buffer.alloc(LARGEST - payload.length, 'x')]));

/** Those whose packets are too large, too small, or come in the wrong order. */
export const packets: readonly Adversary[] = [
  {
    id: 'giant-greeting',
    who,
    does: 'greets with a packet of 16 MB whose end never comes',
    ...saying((nonce) => giant(greetingOf({ shown: { certPem: '', keyPem: '' } }, nonce))),
  },
  {
    id: 'cut-greeting',
    who,
    does: 'greets with a packet that ends in the middle of the nonce',
    ...saying((nonce) => mysqlPacket(0, greeting(nonce).subarray(4, 30))),
  },
  {
    id: 'empty-greeting',
    who,
    does: 'greets with an empty packet',
    ...saying(() => mysqlPacket(0, Buffer.alloc(0))),
  },
  {
    id: 'nonsense-greeting',
    who,
    does: 'greets with nonsense',
    ...saying(() => mysqlPacket(0, Buffer.concat([Buffer.of(10), Buffer.from(NONSENSE)]))),
  },
  {
    id: 'giant-switch',
    who: impostor,
    does: 'asks for `mysql_clear_password` with 16 MB of data whose end never comes',
    dialects: MYSQL,
    byHand: {},
    listen: mysqlServer(
      ({ certificates }) => ({ shown: certificates.right }),
      ({ wire }) => {
        const data = Buffer.alloc(LARGEST - CLEAR.length - 2, 'x');
        wire.send(mysqlPacket(3, authSwitch(CLEAR, data)));
      },
    ),
  },
  {
    id: 'wrong-sequence',
    who: 'another customer of RDS, with its own valid certificate',
    does: 'numbers its packets wrongly',
    dialects: MYSQL,
    byHand: {},
    listen: mysqlServer(
      ({ certificates }) => ({ shown: certificates.otherTenant }),
      ({ say }) => say(authSwitch(CLEAR), 7),
    ),
  },
  {
    id: 'cut-switch',
    who: impostor,
    does: 'asks for a plugin whose name has no end',
    dialects: MYSQL,
    byHand: {},
    listen: mysqlServer(
      ({ certificates }) => ({ shown: certificates.right }),
      ({ say }) => say(Buffer.from('\xfesha256_pass', 'latin1')),
    ),
  },
  {
    id: 'tls-refused',
    who,
    does: 'answers the request for TLS with an error',
    dialects: ALL,
    byHand: {},
    listen: (stage) =>
      serverOf(() => async (wire) => {
        if (stage.dialect !== 'postgres') wire.send(greeting(stage.nonce));
        await wire.take();
        const error = postgresError('08P01', 'no');
        wire.send(stage.dialect === 'postgres' ? error : mysqlPacket(2, mysqlError(1_043, 'no')));
      })(stage),
  },
  {
    id: 'tls-nonsense',
    who,
    does: 'consents to TLS, and then asks for the token in plain text in place of the handshake',
    dialects: ALL,
    byHand: {},
    listen: (stage) =>
      serverOf(() => async (wire) => {
        const isPostgres = stage.dialect === 'postgres';
        if (!isPostgres) wire.send(greeting(stage.nonce));
        await wire.take();
        if (isPostgres) {
          wire.send(Buffer.from('S'));
          await wire.take();
        }
        const clear = authentication(Authentication.CLEAR);
        wire.send(isPostgres ? clear : mysqlPacket(2, authSwitch(CLEAR)));
      })(stage),
  },
  {
    id: 'giant-message',
    who: impostor,
    does: 'asks for the password in a message of 16 MB whose end never comes',
    dialects: POSTGRES,
    byHand: {},
    listen: postgresServer(
      ({ certificates }) => ({ shown: certificates.right }),
      ({ wire }) => {
        const message = postgresMessage('R', Buffer.alloc(LARGEST));
        message.writeUInt32BE(Authentication.CLEAR, 5);
        wire.send(message.subarray(0, -1));
      },
    ),
  },
  {
    id: 'long-request',
    who: impostor,
    does: 'asks for the clear-text password in a message that is too long',
    dialects: POSTGRES,
    byHand: {},
    listen: postgresServer(
      ({ certificates }) => ({ shown: certificates.right }),
      ({ say }) => say(authentication(Authentication.CLEAR, 'more')),
    ),
  },
];
