import { POSTGRES, type Adversary } from '../adversary';
import { authentication, Authentication, postgresMessage } from '../postgres-server';
import { postgresServer, type PostgresTalk } from '../plays';

const who = "an impostor with the endpoint's certificate and key";

const asking = (
  byHand: Adversary['byHand'],
  talk: PostgresTalk,
): Omit<Adversary, 'id' | 'who' | 'does'> => ({
  dialects: POSTGRES,
  byHand,
  listen: postgresServer(({ certificates }) => ({ shown: certificates.right }), talk),
});

const mechanisms = (...names: readonly string[]) =>
  authentication(Authentication.SASL, `${names.map((name) => `${name}\0`).join('')}\0`);

/** Asks for SCRAM up to the proof that is computed from the password. */
const scram =
  (...names: readonly string[]): PostgresTalk =>
  async ({ ask }, { nonce }) => {
    const first = (await ask(mechanisms(...names))).toString('latin1');
    const [, clientNonce = ''] = /r=([^,]+)/.exec(first) ?? [];
    const salt = nonce.toString('base64');
    await ask(
      authentication(Authentication.SASL_CONTINUE, `r=${clientNonce}more,s=${salt},i=4096`),
    );
  };

const md5 = (nonce: Buffer) => authentication(Authentication.MD5, nonce.subarray(0, 4));
const clear = authentication(Authentication.CLEAR);

/** Those whose TLS is in order and who ask for another proof than RDS does. */
export const methods: readonly Adversary[] = [
  {
    id: 'md5',
    who,
    does: 'asks for an MD5 hash',
    ...asking('hash', ({ ask }, { nonce }) => ask(md5(nonce))),
  },
  {
    id: 'scram',
    who,
    does: 'asks for SCRAM-SHA-256',
    ...asking('nothing', scram('SCRAM-SHA-256')),
  },
  {
    id: 'scram-plus',
    who,
    does: 'asks for SCRAM-SHA-256-PLUS, with SCRAM-SHA-256 beside it',
    ...asking('nothing', scram('SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256')),
  },
  {
    id: 'sasl-unknown',
    who,
    does: 'asks for SASL with a mechanism of its own',
    ...asking('nothing', ({ ask }) => ask(mechanisms('PLAIN'))),
  },
  {
    // By hand, pg throws where nobody can catch it.
    id: 'gss',
    who,
    does: 'asks for GSSAPI',
    ...asking({}, ({ ask }) => ask(authentication(Authentication.GSS))),
  },
  {
    id: 'sspi',
    who,
    does: 'asks for SSPI',
    ...asking({}, ({ ask }) => ask(authentication(Authentication.SSPI))),
  },
  {
    id: 'method-unknown',
    who,
    does: 'asks for a method that does not exist',
    ...asking({}, ({ ask }) => ask(authentication(99))),
  },
  {
    id: 'message-unknown',
    who,
    does: 'sends a message that does not exist',
    ...asking('nothing', ({ ask }) => ask(postgresMessage('?'))),
  },
  {
    id: 'clear-and-md5',
    who,
    does: 'asks for the clear-text password and for an MD5 hash in one piece',
    ...asking('token', ({ ask }, { nonce }) => ask(Buffer.concat([clear, md5(nonce)]))),
  },
  {
    id: 'md5-and-clear',
    who,
    does: 'asks for an MD5 hash and for the clear-text password in one piece',
    ...asking('token', ({ ask }, { nonce }) => ask(Buffer.concat([md5(nonce), clear]))),
  },
];
