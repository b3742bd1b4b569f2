import { EventEmitter } from 'node:events';
import { Sequelize, type Options } from 'sequelize';
import { addIamAuth, type LoginOutcome } from '../../../src';
import { freshHost } from '../../harness/recording-driver';

/** What the connector reads of its options. */
interface ConnectorOptions {
  readonly password: readonly string[];
  readonly restrictedAuth: { includes: (plugin: string) => boolean };
  readonly ssl: { checkServerIdentity: (name: string, certificate: object) => Error | undefined };
}

const iamAuth = { credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' } };

/** Logs in through a connector that ends as `answer` says, once the server has asked for the token, or before. */
async function logIn({ asks, answer }: { asks: boolean; answer: () => Promise<unknown> }) {
  const host = freshHost();
  let options: ConnectorOptions | undefined;
  let sent: string | undefined;
  const dialectModule = {
    version: '3.0.2',
    createConnection: (given: ConnectorOptions) => {
      options = given;
      if (asks) {
        given.ssl.checkServerIdentity(host, { subject: {}, subjectaltname: `DNS:${host}` });
        given.restrictedAuth.includes('mysql_clear_password');
        [sent] = given.password;
      }
      return answer();
    },
  };
  const settled: LoginOutcome[] = [];
  const settle = (outcome: LoginOutcome) => void settled.push(outcome);
  const sequelize = new Sequelize({
    dialect: 'mariadb',
    dialectModule,
    host,
    username: 'app',
    databaseVersion: '10.11.0',
    logging: false,
    // Its types do not know all of them.
  } as Options);
  addIamAuth(sequelize, { ...iamAuth, limiter: { acquire: () => Promise.resolve({ settle }) } });
  const error: unknown = await sequelize.connectionManager
    .getConnection({ type: 'read', useMaster: false })
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  return { settled, sent, kept: options?.password, failed: error !== undefined };
}

const accept = () =>
  Promise.resolve(
    Object.assign(new EventEmitter(), { isValid: () => true, serverVersion: () => '10.11.0' }),
  );
const timeOut = () =>
  Promise.reject(Object.assign(new Error('late'), { code: 'ER_CONNECTION_TIMEOUT' }));

it.each([
  { ending: 'succeeded', answer: accept, failed: false },
  { ending: 'failed', answer: timeOut, failed: true },
])('leaves no token with the connector once a login has $ending', async ({ answer, failed }) => {
  const login = await logIn({ asks: true, answer });

  expect(login.failed).toBe(failed);
  expect(login.sent).toContain('X-Amz-Signature=');
  expect(login.kept).toEqual([]);
});

it.each([
  { asks: true, outcome: 'timeout' },
  { asks: false, outcome: 'failed' },
])(
  'counts a login that timed out as one that the server may still count if it got the token: $asks',
  async ({ asks, outcome }) => {
    expect((await logIn({ asks, answer: timeOut })).settled).toEqual([outcome]);
  },
);
