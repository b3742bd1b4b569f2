import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IamAuthError } from '../../../src/errors';
import { explainError, findKnownError } from '../../../src/explanations/explain-error';
import { KNOWN_ERRORS } from '../../../src/explanations/known-errors';
import { sectionOf, tableCells } from '../../harness/markdown';

const ROOT = join(__dirname, '../../..');

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('explainError', () => {
  it.each(['ERR_IAM_AUTH_TIMEOUT', 'ERR_IAM_AUTH_METHOD', 'ERR_IAM_AUTH_TLS'] as const)(
    'calls an error of this package by its code, %s, wherever it is in the chain',
    (code) => {
      const own = new IamAuthError(code, 'No token was sent');
      const wrapped = Object.assign(new Error('x'), {
        name: 'SequelizeConnectionError',
        parent: own,
      });

      expect(explainError(own).code).toBe(code);
      expect(explainError(wrapped).code).toBe(code);
      expect(explainError(new AggregateError([new Error('y'), own])).code).toBe(code);
    },
  );

  it('prefers the provider’s reason to the package’s own', () => {
    const cause = new Error('The SSO session associated with this profile has expired');
    const error = new IamAuthError('ERR_IAM_AUTH_CREDENTIALS', 'No AWS credentials', { cause });

    expect(explainError(error).fix).toMatch(/aws sso login/);
    expect(explainError(new IamAuthError('ERR_IAM_AUTH_CREDENTIALS', 'x')).code).toBe(
      'ERR_IAM_AUTH_CREDENTIALS',
    );
  });

  it('does not blame the database for a credential endpoint that refuses connections', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const error = new IamAuthError('ERR_IAM_AUTH_CREDENTIALS', 'x', { cause });

    expect(explainError(error).code).toBe('ERR_IAM_AUTH_CREDENTIALS');
  });

  it.each([
    {
      line: 'because the provided token is malformed or otherwise invalid. (Status Code: 400, Error Code: InvalidToken)',
      code: 'InvalidToken',
    },
    {
      line: 'because the token age is longer than 15 minutes. (Status Code: 400, Error Code:ExpiredToken)',
      code: 'ExpiredToken',
    },
    {
      line: "because the IAM policy assumed by the caller 'ARN' is not authorized to perform rds-db:connect on the DB instance. (Status Code: 403, Error Code:NotAuthorized)",
      code: 'NotAuthorized',
    },
    {
      line: 'due to IAM DB authentication throttling. (Status Code: 429, Error Code: ThrottlingException)',
      code: 'ThrottlingException',
    },
    {
      line: 'due to an internal IAM DB authentication error. (Status Code: 500, Error Code: InternalError)',
      code: 'InternalError',
    },
  ])('explains the log line of $code', ({ line, code }) => {
    expect(
      explainError(`[ERROR] Failed to authenticate the connection request for user u ${line}`),
    ).toMatchObject({ code });
  });

  it.each([
    { error: new Error('boom'), code: 'UNKNOWN' },
    { error: new TypeError('boom'), code: 'TypeError' },
    { error: Object.assign(new Error('boom'), { code: 'E_OTHER' }), code: 'E_OTHER' },
    { error: undefined, code: 'UNKNOWN' },
    { error: null, code: 'UNKNOWN' },
    { error: 'text', code: 'UNKNOWN' },
    { error: { message: 7, code: {} }, code: 'UNKNOWN' },
  ])('advises the doctor for what is not known: $code', ({ error, code }) => {
    expect(explainError(error)).toMatchObject({
      code,
      fix: expect.stringContaining('npx sequelize-rds-iam doctor') as string,
    });
  });

  it('calls an error that is not known by the driver’s code, not by the class of what wraps it', () => {
    const parent = Object.assign(new Error('x'), { code: 'ER_OPTION_PREVENTS_STATEMENT' });
    const error = Object.assign(new Error('x'), { name: 'SequelizeDatabaseError', parent });

    expect(explainError(error).code).toBe('ER_OPTION_PREVENTS_STATEMENT');
    expect(explainError(Object.assign(error, { parent: new Error('x') })).code).toBe(
      'SequelizeDatabaseError',
    );
  });

  it.each([
    { code: 'HANDSHAKE_SSL_ERROR', message: 'read ECONNRESET' },
    {
      code: 'ER_INITIAL_SQL_ERROR',
      message:
        'Error executing initial sql command: (conn=3, no: 45009, SQLState: 08S01) socket has unexpectedly been closed',
    },
    {
      code: 'ER_INITIAL_SQL_ERROR',
      message:
        'Error executing initial sql command: Cannot execute new commands: connection closed',
    },
  ])('knows a connection that is cut while it is set up as $code', ({ code, message }) => {
    const parent = Object.assign(new Error(message), { code });

    expect(explainError(Object.assign(new Error(message), { parent })).code).toBe('ECONNRESET');
  });

  it('knows a time-out while a connection is set up, of which mariadb keeps the message only', () => {
    const message =
      '(conn=3, no: 45030, SQLState: 08S01) Error executing initial sql command: The operation was aborted';
    const parent = Object.assign(new Error(message), { code: 'ER_INITIAL_SQL_ERROR' });

    expect(explainError(Object.assign(new Error(message), { parent })).code).toBe('ETIMEDOUT');
    expect(explainError(new Error('The operation was aborted')).code).not.toBe('ETIMEDOUT');
  });

  it('ends with a chain that is a ring', () => {
    const error: Error & { cause?: unknown } = new Error('a');
    error.cause = { cause: error, code: 'ECONNREFUSED' };

    expect(explainError(error).code).toBe('ECONNREFUSED');
  });
});

describe('the table', () => {
  it.each(KNOWN_ERRORS.map((row) => ({ row, code: row.code, message: row.message })))(
    'finds the row of $code, $message by its own sample, so that no row before hides it',
    ({ row }) => {
      const code = row.codes?.[0] ?? (row.pattern === undefined ? row.code : undefined);
      const sample = { message: row.message, code };
      expect(findKnownError(sample)).toBe(row);
      if (row.pattern !== undefined) expect(findKnownError(row.message)).toBe(row);
    },
  );

  it('has sentences without a full stop, which the caller sets', () => {
    for (const { cause, fix } of KNOWN_ERRORS) {
      expect(cause).toMatch(/^[A-Z].*[^.]$/);
      expect(fix).toMatch(/^[A-Z].*[^.]$/);
    }
  });

  it('is the one of docs/errors.md', () => {
    const documented = tableCells(read('docs/errors.md')).filter(([code]) => code !== 'Code');

    expect(documented).toEqual(
      KNOWN_ERRORS.map(({ code, message, cause, fix }) => [code, message, cause, fix]),
    );
  });

  it('has every code of this package, and no other', () => {
    const codes = (text: string) => [...new Set(text.match(/ERR_IAM_AUTH_[A-Z_]+/g))].sort();

    expect(codes(read('docs/errors.md').replaceAll('ERR_IAM_AUTH_…', ''))).toEqual(
      codes(read('src/errors.ts')),
    );
  });

  it('is where the README’s errors come from', () => {
    const rows = tableCells(sectionOf(read('README.md'), 'When it does not work')).slice(1);

    expect(rows).not.toEqual([]);
    for (const [message, cause, fix] of rows) {
      expect(KNOWN_ERRORS).toContainEqual(expect.objectContaining({ message, cause, fix }));
    }
  });
});
