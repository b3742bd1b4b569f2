import { randomBytes } from 'node:crypto';
import { ALL, type Adversary, type Login, type Stage } from '../adversary';
import type { CertificateName } from '../certificates';
import { startImpostor, type Listening } from '../impostor';
import { authSwitch, CLEAR, meetMySql, greetingOf, ok } from '../mysql-server';
import { mysqlPacket } from '../../harness/mysql-packets';
import { askMySql, askPostgres, versionOf } from '../plays';
import {
  authentication,
  Authentication,
  commandComplete,
  meetPostgres,
  readyForQuery,
} from '../postgres-server';
import type { Shown, Wire } from '../wire';

/** Logs a client in as the endpoint would, so that it may keep the TLS session. */
async function welcome(wire: Wire, stage: Stage, shown: Shown): Promise<void> {
  if (stage.dialect === 'postgres') {
    const { ask, say } = await meetPostgres(wire, { shown });
    await ask(authentication(Authentication.CLEAR));
    say(Buffer.concat([authentication(Authentication.OK), readyForQuery]));
    for (;;) {
      await wire.take();
      say(Buffer.concat([commandComplete, readyForQuery]));
    }
  }
  const start = { shown, nonce: stage.nonce, version: versionOf(stage) };
  const { ask, say, serve } = await meetMySql(wire, start);
  await ask(authSwitch(CLEAR));
  say(ok);
  await serve(ok);
}

async function impersonate(wire: Wire, stage: Stage, shown: Shown): Promise<void> {
  if (stage.dialect === 'postgres') await askPostgres(await meetPostgres(wire, { shown }), stage);
  else await askMySql(await meetMySql(wire, { shown, nonce: stage.nonce }), stage);
}

/** What the impostor shows, and with which keys it seals and opens tickets. */
interface Impostor {
  readonly certificate: CertificateName;
  readonly knowsKeys?: boolean;
  readonly maxVersion?: 'TLSv1.2';
  /** What the endpoint shows, where not the right one. */
  readonly endpoint?: CertificateName;
  /** How many clients are logged in to the endpoint before. */
  readonly welcomes?: number;
}

/** The endpoint for the first client, and an impostor on its port for the next. */
const movedTo =
  ({ certificate, endpoint = 'right', knowsKeys = false, maxVersion, welcomes = 1 }: Impostor) =>
  (stage: Stage): Promise<Listening> => {
    const [own, stolen] = [randomBytes(48), randomBytes(48)];
    const common = maxVersion === undefined ? {} : { maxVersion };
    const right = { ...stage.certificates[endpoint], ticketKeys: stolen, ...common };
    const ticketKeys = knowsKeys ? stolen : own;
    const wrong = { ...stage.certificates[certificate], ticketKeys, ...common };
    return startImpostor(
      (wire, client) =>
        client < welcomes ? welcome(wire, stage, right) : impersonate(wire, stage, wrong),
      welcomes,
    );
  };

const EARLY_DATA = 42;
const SSL_REQUEST_LENGTH = { mysql: 36, mariadb: 36, postgres: 8 } as const;

/** The types of the extensions in a TLS hello of a client. */
function extensionsOf(hello: Buffer): number[] {
  const types: number[] = [];
  // Record header, handshake header, version and random; then a session id, cipher suites and compression methods.
  let at = 5 + 4 + 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  for (at += 2; at + 4 <= hello.length; at += 4 + hello.readUInt16BE(at + 2)) {
    types.push(hello.readUInt16BE(at));
  }
  return types;
}

/** The endpoint for the first client; for the next, someone who reads what comes with its hello, and says nothing. */
async function withEarlyData(stage: Stage): Promise<Listening> {
  let prize: string | undefined;
  const right = { ...stage.certificates.right, ticketKeys: randomBytes(48) };
  const listen = async (wire: Wire) => {
    const isPostgres = stage.dialect === 'postgres';
    if (!isPostgres) wire.send(mysqlPacket(0, greetingOf({ shown: right }, stage.nonce)));
    await wire.take(SSL_REQUEST_LENGTH[stage.dialect]);
    if (isPostgres) wire.send(Buffer.from('S'));
    const hello = await wire.take();
    if (extensionsOf(hello).includes(EARLY_DATA)) prize = 'early data';
    await wire.rest();
  };
  const server = await startImpostor(
    (wire, client) => (client === 0 ? welcome(wire, stage, right) : listen(wire)),
    1,
  );
  return { ...server, prize: () => prize };
}

const twice = ({ hostname, certificates: { caPem: ca } }: Stage): Login[] => [
  { hostname, ca },
  { hostname, ca },
];

const moved = {
  who: 'an impostor to which DNS or a tunnel leads after a login to the endpoint',
  dialects: ALL,
  byHand: 'token',
  logins: twice,
} as const;

/** Those who want a TLS session resumed that they have no part in. */
export const sessions: readonly Adversary[] = [
  {
    ...moved,
    id: 'session-moved',
    does: 'shows a certificate that it signed itself, on the same host and port',
    listen: movedTo({ certificate: 'selfSigned' }),
  },
  {
    ...moved,
    id: 'session-moved-neighbor',
    does: 'shows a valid certificate of the trusted authority for another endpoint',
    listen: movedTo({ certificate: 'otherTenant' }),
  },
  {
    ...moved,
    id: 'session-moved-tls-1-2',
    does: 'does so with TLS 1.2, whose session tickets come before the server is verified',
    listen: movedTo({ certificate: 'otherTenant', maxVersion: 'TLSv1.2' }),
  },
  {
    id: 'session-of-refused',
    who: 'an impostor that was refused before',
    does: 'gave the client a session ticket in the refused login, and opens it in the next',
    dialects: ALL,
    byHand: 'token',
    logins: twice,
    listen: movedTo({ certificate: 'otherTenant', knowsKeys: true, welcomes: 0 }),
  },
  {
    id: 'session-of-refused-tls-1-2',
    who: 'the same',
    does: 'does so with TLS 1.2, whose session tickets come before the server is verified',
    dialects: ALL,
    byHand: 'token',
    logins: twice,
    listen: movedTo({
      certificate: 'otherTenant',
      knowsKeys: true,
      welcomes: 0,
      maxVersion: 'TLSv1.2',
    }),
  },
  {
    id: 'session-other-root',
    who: 'an impostor that opens the tickets of an endpoint that the application no longer trusts',
    does: 'resumes the session on the same host and port after `tls.ca` has changed',
    dialects: ALL,
    byHand: 'token',
    logins: ({ hostname, certificates: { caPem, otherCaPem } }) => [
      { hostname, ca: caPem },
      { hostname, ca: otherCaPem },
    ],
    listen: movedTo({ certificate: 'right', knowsKeys: true }),
  },
  {
    id: 'session-other-endpoint',
    who: 'an endpoint on the same port of the same tunnel',
    does: 'resumes the session of its own login in the login to another endpoint with equal options',
    dialects: ALL,
    byHand: 'token',
    logins: ({ hostname, certificates: { caPem: ca, neighbor } }) => [
      { hostname: neighbor, ca },
      { hostname, ca },
    ],
    listen: movedTo({ certificate: 'otherTenant', endpoint: 'otherTenant', knowsKeys: true }),
  },
  {
    ...moved,
    id: 'session-stolen-keys',
    who: 'an impostor with the keys of the session tickets of the endpoint',
    does: 'resumes the session of a login to the endpoint, and shows no certificate',
    // For TLS, it is the endpoint, as who has its private key is.
    due: ['mysql'],
    listen: movedTo({ certificate: 'otherTenant', knowsKeys: true }),
  },
  {
    ...moved,
    id: 'early-data',
    does: 'waits for what the client sends with its hello, before the server is there',
    // By hand, the MariaDB connector waits for ever.
    byHand: {},
    listen: withEarlyData,
  },
];
