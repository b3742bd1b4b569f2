import { mutationsOf } from '../mutation';

const unit = (name: string) => `test/unit/limiter/${name}.test.ts`;

export const backoffLines = [
  ...mutationsOf({ file: 'src/limiter/backoff.ts', test: unit('backoff') }, [
    {
      id: 'backoff-delay',
      find: 'if (this.delay(now) > 0) return false;',
      replace: '',
      meaning: 'logins that fail are repeated without a delay',
    },
    {
      id: 'backoff-one-attempt',
      find: 'if (this.failing) this.#nextAt = now + LAST_DELAY_MS;',
      replace: '',
      meaning: 'while logins fail, all waiting ones try at once',
    },
    {
      id: 'backoff-grows',
      find: 'FIRST_DELAY_MS * 2 ** this.#failures',
      replace: 'FIRST_DELAY_MS',
      meaning: 'a server that denies a login gets twenty a second forever',
    },
    {
      id: 'backoff-bound',
      find: 'const delay = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);',
      replace: 'const delay = FIRST_DELAY_MS * 2 ** this.#failures;',
      meaning: 'after a long failure, the recovery is noticed after hours',
    },
    {
      id: 'backoff-from-begin',
      find: 'const from = this.#underWay > 0 ? this.#beganAt : now;',
      replace: 'const from = now;',
      meaning: 'the driver’s time-out prolongs a failover',
    },
    {
      id: 'backoff-unused-attempt',
      find: 'this.#nextAt = now;\n      return;',
      replace: 'return;',
      meaning: 'an attempt that was not made delays the next one by a second',
    },
    {
      id: 'backoff-ends',
      find: 'this.#failures = 0;\n      this.#lastError',
      replace: 'this.#lastError',
      meaning: 'an accepted login does not end the backoff',
    },
    {
      id: 'backoff-spread',
      find: 'delay * (0.8 + 0.2 * this.#random())',
      replace: 'delay',
      meaning: 'processes that failed together try again together',
    },
  ]),
];
