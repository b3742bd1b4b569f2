/** Any value as an error. `npm run fuzz` gives each test a million inputs. */
import fc from 'fast-check';
import { messageOf, problemOf } from '../../src/errors';
import { explainError, findKnownError } from '../../src/explanations/explain-error';
import { KNOWN_ERRORS } from '../../src/explanations/known-errors';
import { errorCodeOf } from '../../src/observe/error-code';
import { driverErrorCode } from '../../src/dialects/driver-options';
import { isOneLine } from '../../src/untrusted';
import { check, demand } from '../harness/fuzzing';
import { makersOf, shaped, texts, values, type Make } from '../harness/hostile-values';
import { mutated } from '../harness/mutations';

const known = KNOWN_ERRORS.flatMap(({ code, message, codes = [] }) => [
  code,
  message,
  ...codes.map(String),
]);
const messages = makersOf(
  fc.oneof(
    { weight: 3, arbitrary: mutated(known.map((text) => Buffer.from(text))).map(String) },
    { weight: 2, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: texts },
  ),
);
const errors: fc.Arbitrary<Make> = fc.letrec<{ error: Make; object: Make }>((tie) => ({
  object: shaped({
    message: messages,
    code: messages,
    errno: fc.constant(() => 1045),
    sqlState: messages,
    name: messages,
    fix: messages,
    cause: tie('error'),
    parent: tie('error'),
    errors: fc
      .array(tie('error'), { maxLength: 3 })
      .map((makes) => () => makes.map((make) => make())),
  }),
  error: fc.oneof(
    { depthSize: 'small', withCrossShrink: false },
    { weight: 2, arbitrary: values },
    { weight: 2, arbitrary: tie('object') },
    {
      weight: 2,
      arbitrary: tie('object').map(
        (make) => () =>
          Object.assign(Object.create(Error.prototype) as object, { message: '' }, safe(make)),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constant(() => new AggregateError(new Array(1_000).fill(new Error('x')))),
    },
  ),
})).error;

/** Not those whose properties throw. */
function safe(make: Make): unknown {
  try {
    return { ...(make() as object) };
  } catch {
    return {};
  }
}

it('explains any error in three lines, and reads it without throwing', async () => {
  await check(errors, (make) => {
    const explanation = explainError(make());
    const parts: unknown[] = [explanation.code, explanation.cause, explanation.fix];
    for (const part of parts) {
      if (typeof part !== 'string') throw new TypeError('No text');
      demand(isOneLine(part), `Several lines: ${JSON.stringify(part)}`);
    }
    const error = make();
    const texts: unknown[] = [messageOf(error), problemOf(error)];
    for (const text of texts) demand(typeof text === 'string', 'No text');
    findKnownError(error);
    driverErrorCode(error);
    const code = errorCodeOf(error);
    demand(code === undefined || /^\w{1,64}$/.test(code), 'No code');
  });
});
