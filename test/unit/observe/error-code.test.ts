import { errorCodeOf } from '../../../src/observe/error-code';

const coded = (code: unknown) => Object.assign(new Error('for jane_doe'), { code });

it.each([
  ['its own code', coded('ECONNREFUSED'), 'ECONNREFUSED'],
  ['the code of PostgreSQL', coded('28000'), '28000'],
  [
    'the code of the driver’s error that Sequelize wraps',
    Object.assign(new Error('x'), { parent: coded('ER_ACCESS_DENIED_ERROR') }),
    'ER_ACCESS_DENIED_ERROR',
  ],
  ['the code of its cause', new Error('x', { cause: coded('ETIMEDOUT') }), 'ETIMEDOUT'],
  ['its name', new TypeError('x'), 'TypeError'],
  ['its name, if the code is a sentence', coded('no access for jane_doe'), 'Error'],
  ['its name, if the code is a number', coded(7), 'Error'],
  ['nothing, if it is no error', 'secret', undefined],
])('names an error by %s', (_, error, code) => {
  expect(errorCodeOf(error)).toBe(code);
});

it('names no error by what is longer than a code', () => {
  expect(errorCodeOf(Object.assign(coded('x'.repeat(65)), { name: 'y y' }))).toBeUndefined();
});
