import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PreparedLogins } from '../../../src/sequelize/prepared-logins';
import { mysql } from '../../../src/dialects/mysql';
import type { Login } from '../../../src/dialects/dialect';
import { IamAuthError } from '../../../src/errors';
import { explainError } from '../../../src/explanations/explain-error';
import { tooManyWaiting } from '../../../src/limiter/waiting-line';
import { wrapConnect } from '../../../src/login/wrap-connect';
import { configAccess6 } from '../../../src/sequelize/v6';
import type { ConnectionConfig } from '../../../src/sequelize/instance';
import { rejected } from '../../harness/caught';

const SOURCES = join(__dirname, '../../../src');
const HOST = 'db.abc.eu-west-1.rds.amazonaws.com';
const config = { host: HOST, port: 3306, username: 'app' };
const endpoint = { hostname: HOST, port: 3306, username: 'app' };

/** A Sequelize whose `connect` must not be reached, observed. */
function observed() {
  const attempts = new PreparedLogins();
  const connectionManager = {
    connect: (config: ConnectionConfig) =>
      Promise.reject(new Error(`It connected to ${String(config.host)}`)),
  };
  const sequelize = { ...configAccess6('mysql'), dialect: mysql, connectionManager };
  wrapConnect(sequelize, attempts, () => true);
  const login: Login = {
    endpoint: { ...endpoint, region: 'eu-west-1' },
    connectTarget: endpoint,
    ca: 'ca',
    takeToken: () => 'token',
  };
  return { attempts, connect: connectionManager.connect, login };
}

describe('errors of one code', () => {
  it('have remedies of their own: a slow hook', async () => {
    const { connect } = observed();

    const error = await rejected(connect(config));
    expect(error).toMatchObject({
      code: 'ERR_IAM_AUTH_HOOK_ORDER',
      fix: 'add slow hooks before addIamAuth',
    });
    expect(explainError(error)).toEqual({
      code: 'ERR_IAM_AUTH_HOOK_ORDER',
      cause: expect.stringMatching(/^No login is ready .* or removed its hook$/) as string,
      fix: error.fix,
    });
  });

  it('have remedies of their own: too many in the queue', () => {
    expect(explainError(tooManyWaiting('db:3306'))).toEqual({
      code: 'ERR_IAM_AUTH_TIMEOUT',
      cause: '10000 connections to db:3306 already wait for a login',
      fix: 'lower pool.max',
    });
  });

  it('have remedies of their own: a hook that changed the host', async () => {
    const { attempts, connect, login } = observed();
    const settle = jest.fn();
    attempts.add(config, { login, settle, expiresAt: Infinity });
    // Sequelize hands all hooks the same object.
    const changed = Object.assign(config, { host: 'elsewhere.example' });

    const error = await rejected(connect(changed));
    expect(explainError(error)).toMatchObject({
      code: 'ERR_IAM_AUTH_HOOK_ORDER',
      cause: expect.stringContaining('to app@elsewhere.example:3306') as string,
      fix: 'add that hook before addIamAuth',
    });
    expect(settle).toHaveBeenCalledWith('notNeeded', error);
  });
});

describe('the explanation of an own error', () => {
  const own = new IamAuthError('ERR_IAM_AUTH_TIMEOUT', 'It waits', { fix: 'wait' });

  it('is what the error says, also where another copy of the package threw it', () => {
    const copied = { code: own.code, message: own.message, fix: own.fix };

    for (const error of [own, copied, { cause: copied }, { parent: copied }]) {
      expect(explainError(error)).toEqual({
        code: 'ERR_IAM_AUTH_TIMEOUT',
        cause: 'It waits',
        fix: 'wait',
      });
    }
  });

  it('is not that of what merely has a fix, nor of a code alone', () => {
    expect(explainError({ code: 'E_OTHER', message: 'x: y', fix: 'y' }).fix).not.toBe('y');
    expect(explainError({ code: 'ERR_IAM_AUTH_TIMEOUT', fix: 5 }).fix).toMatch(
      /^Raise pool\.acquire/,
    );
  });

  it('gives way to what the AWS SDK says of credentials, and to nothing else', () => {
    const cause = new Error('The SSO session associated with this profile has expired');
    const options = { fix: 'try again', cause };
    const credentials = new IamAuthError('ERR_IAM_AUTH_CREDENTIALS', 'None', options);
    const token = new IamAuthError('ERR_IAM_AUTH_TOKEN', 'None', options);

    expect(explainError(credentials)).toMatchObject({
      code: 'CredentialsProviderError',
      fix: 'Run aws sso login with the same profile',
    });
    expect(explainError(token)).toEqual({ code: token.code, cause: 'None', fix: 'try again' });
  });
});

it('is given with every error, but for those that leave nothing to do or pass on another’s words', () => {
  const without = sources().flatMap(({ file, text }) =>
    text
      .split('new IamAuthError(')
      .slice(1)
      .filter((call) => !/\bfix\b/.test(call.slice(0, endOfCall(call))))
      .map(() => file),
  );

  expect(without).toEqual([...WITHOUT_FIX]);
});

/** Where errors are made without a remedy. */
const WITHOUT_FIX = [
  'attach/attachment.ts', // CLOSED
  'limiter/waiting-line.ts', // NOT_NEEDED
  'token/credentials-error.ts', // Its callers give one where it is known.
  'token/token-provider.ts', // TOKEN, whose cause tells
];

function sources() {
  return readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => ({ file, text: readFileSync(join(SOURCES, file), 'utf8') }));
}

/** Where the parenthesis ends that is open at the start. */
function endOfCall(text: string): number {
  let depth = 1;
  const end = Array.from(text).findIndex((char) => {
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    return depth === 0;
  });
  return end === -1 ? text.length : end;
}
