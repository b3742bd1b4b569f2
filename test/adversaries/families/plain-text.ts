import { ALL, type Adversary } from '../adversary';
import { strippingMiddleman } from '../middleman';
import { serverThat } from '../plays';

/** Those without TLS. */
export const plainText: readonly Adversary[] = [
  {
    id: 'no-tls',
    who: 'a server without TLS',
    does: 'offers no TLS and asks for the token in plain text',
    dialects: ALL,
    handTls: 'none',
    // Without TLS, the MariaDB connector of today refuses to send a password in clear.
    byHand: { mysql: 'token', mariadb6: 'token', mariadb7: 'hash', postgres: 'token' },
    listen: serverThat(() => ({})),
  },
  {
    id: 'starttls-stripped',
    who: 'a middleman in front of the real endpoint',
    does: 'removes the offer of TLS toward the client, and speaks TLS with the endpoint itself',
    dialects: ALL,
    handTls: 'none',
    byHand: { mysql: 'token', mariadb6: 'token', mariadb7: 'nothing', postgres: 'token' },
    listen: strippingMiddleman,
  },
];
