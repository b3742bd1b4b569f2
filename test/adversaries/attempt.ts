import { explainError } from 'sequelize-rds-iam';
import type { Cell } from '../harness/cells';
import { CREDENTIALS, REGION, USERNAME } from '../harness/rds';
import { signToken } from '../harness/sign-token';
import type { Adversary, Login, Stage } from './adversary';
import { byHand, portOf, withPackage, type Application } from './application';
import { newHostname, sharedCertificates } from './certificates';
import { newNonce } from './mysql-server';
import { searchFor, type Haul } from './needles';

/** What the application saw of a login. */
interface Sight {
  /** The code of the error as `explainError` knows it; `none` when the query ran. */
  readonly code: string;
  readonly message: string;
  /** How long the last query took. */
  readonly ms: number;
}

/** What one application lost to one adversary, and what it saw of it. */
export interface Result extends Haul, Sight {
  /** What else the adversary got that it should not have. */
  readonly prize: string | undefined;
}

/** Longer than any login may take. */
const DEADLINE_MS = 12_000;

async function setStage({ dialect }: Cell): Promise<Stage> {
  const certificates = await sharedCertificates();
  const hostname = newHostname();
  return { dialect, hostname, username: USERNAME, certificates, nonce: newNonce() };
}

/** Runs an adversary against one application: with the package, or by hand. */
export async function attempt(
  adversary: Adversary,
  cell: Cell,
  way: 'package' | 'hand',
): Promise<Result> {
  const stage = await setStage(cell);
  const { hostname, certificates, nonce } = stage;
  const server = await adversary.listen(stage);
  const startedAt = Date.now();
  const sign = (signedAt: number) =>
    inOrder(
      signToken({
        ...{ hostname, port: portOf(cell), username: USERNAME, region: REGION, signedAt },
        ...CREDENTIALS,
      }),
    );
  const open = (login: Login) =>
    way === 'package'
      ? withPackage(cell, server.port, login)
      : byHand(cell, server.port, {
          ...{ ca: login.ca, handTls: adversary.handTls },
          token: sign(startedAt),
        });

  const logins = adversary.logins?.(stage) ?? [{ hostname, ca: certificates.caPem }];
  let sight: Sight = { code: 'none', message: '', ms: 0 };
  for (const login of logins) sight = await see(open(login));

  const received = server.received();
  const prize = server.prize?.();
  await server.close();
  // The package signs when it logs in, and a token contains the second.
  const tokens = way === 'hand' ? [sign(startedAt)] : secondsSince(startedAt).map(sign);
  const hauls = tokens.map((token) => searchFor(token, received, { nonce, username: USERNAME }));
  const most = (part: keyof Haul) => Math.max(...hauls.map((haul) => haul[part]));
  return { bytes: most('bytes'), proof: most('proof'), prize, ...sight };
}

/** A token as the AWS SDK writes it: its parameters sorted, the signature among them. */
function inOrder(token: string): string {
  const [host = '', query = ''] = token.split('/?');
  return `${host}/?${query.split('&').sort().join('&')}`;
}

/** Every second from then to now. */
function secondsSince(at: number): number[] {
  const count = Math.ceil((Date.now() - at) / 1_000) + 1;
  return Array.from({ length: count }, (_, second) => at + second * 1_000);
}

/** Runs an application's query, and closes it. */
async function see({ query, close }: Application): Promise<Sight> {
  const startedAt = performance.now();
  const outcome = await within(DEADLINE_MS, query()).then(
    () => ({ code: 'none', message: '' }),
    (error: unknown) => ({ code: explainError(error).code, message: String(error) }),
  );
  const ms = Math.round(performance.now() - startedAt);
  await within(DEADLINE_MS, close());
  return { ...outcome, ms };
}

/** Rejects with the code `HANGS` when it takes longer. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('It hangs'), { code: 'HANGS' })), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
