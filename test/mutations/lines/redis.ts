import { mutationsOf } from '../mutation';

const SERVER = 'test/unit/limiter/redis-script.server.test.ts';
const QUEUE = 'test/unit/limiter/redis-queue.test.ts';

export const redisLines = [
  ...mutationsOf({ file: 'src/limiter/redis-script.ts', test: SERVER }, [
    {
      id: 'redis-limit',
      find: "local free = limit - (redis.call('ZCARD', slots) - 1)",
      replace: "local free = limit - (redis.call('ZCARD', slots) - 2)",
      meaning: 'all processes together make one login more than the limit',
    },
    {
      id: 'redis-turn',
      find: 'if ahead < free then',
      replace: 'if ahead <= free then',
      meaning: 'a process takes a slot that is not free',
    },
    {
      id: 'redis-queue-jump',
      find: "local ahead = redis.call('ZRANK', turns, process) or redis.call('ZCARD', turns)",
      replace: 'local ahead = 0',
      meaning: 'whoever asks first gets the slot, whoever waits longest',
      only: 'a turn',
    },
    {
      id: 'redis-held',
      find: "redis.call('ZADD', slots, now + holdMs, slot)",
      replace: "redis.call('ZADD', slots, now + cooldownMs, slot)",
      meaning: 'a slow login’s slot is used again before it has ended',
    },
    {
      id: 'redis-rest',
      find: "else redis.call('ZADD', slots, now + ARGV[i + 1], ARGV[i]) end",
      replace: "else redis.call('ZREM', slots, ARGV[i]) end",
      meaning: 'a slot does not rest after its login',
    },
    {
      id: 'redis-unused-slot',
      find: "if ARGV[i + 1] == '0' then redis.call('ZREM', slots, ARGV[i])",
      replace: "if ARGV[i + 1] == '0' then redis.call('ZADD', slots, now + 60000, ARGV[i])",
      meaning: 'a slot that nobody used is lost',
      only: 'a turn',
    },
    {
      id: 'redis-clock-resolution',
      find: 'local now = time[1] * 1000 + math.floor(time[2] / 1000)',
      replace: 'local now = time[1] * 1000',
      meaning:
        'the clock of Redis is read in whole seconds, so that two seconds’ logins come at once',
      only: 'a turn',
    },
    {
      id: 'redis-lost-keys',
      find: 'opensAt = now + ${COOLDOWN_MS}\n',
      replace: 'opensAt = now\n',
      meaning: 'a Redis that lost its keys grants at once what it granted a moment ago',
    },
    {
      id: 'redis-closed',
      find: 'if now < opensAt then free = 0 end',
      replace: '',
      meaning: 'a Redis that lost its keys grants slots although the last second is unknown',
    },
    {
      id: 'redis-restart',
      find: 'if not epoch or string.sub(epoch, 1, #run) ~= run then',
      replace: 'if not epoch then',
      meaning: 'a Redis that restarted with old data grants at once',
      only: 'grants nothing for a second',
    },
    {
      id: 'redis-clock-back',
      find: 'elseif now < last then',
      replace: 'elseif false then',
      meaning: 'after the clock of Redis was set back, nothing is granted for that long',
      only: 'goes on where it was',
    },
    {
      id: 'redis-dead-process',
      find: "  redis.call('ZREM', turns, dead)\n",
      replace: '',
      meaning: 'a process that died while it waited blocks all others',
    },
  ]),
  ...mutationsOf({ file: 'src/limiter/redis-slots.ts', test: QUEUE }, [
    {
      id: 'redis-stale-grant',
      find: 'if (this.#deps.now() - askedAt <= FRESH_MS) return this.#slot(id, leaseMs);',
      replace: 'return this.#slot(id, leaseMs);',
      meaning: 'a login uses a slot that Redis may free before it has ended',
    },
    {
      id: 'redis-late-grant',
      find: 'if (parse(answer)[1] === 1) late?.();',
      replace: '',
      meaning: 'a slot that Redis granted too late is lost until its lease ends',
    },
    {
      id: 'redis-tells-again',
      find: 'if (isOther) this.#report(this.#slotsInUse());',
      replace: '',
      meaning: 'a Redis that lost its keys does not learn of the logins under way',
    },
    {
      id: 'redis-probe-reports',
      find: "this.#deps.call(['settle', ...this.#slotsInUse()]);",
      replace: "this.#deps.call(['settle']);",
      meaning: 'a Redis that is back does not learn of the logins made without it',
    },
    {
      id: 'redis-settle-once',
      find: 'if (isSettled) return;',
      replace: '',
      meaning: 'a second settlement shortens the rest of a slot',
    },
    {
      id: 'redis-own-slot',
      find: 'own?.settle(outcome);',
      replace: '',
      meaning: 'the own share without Redis runs dry',
    },
    {
      id: 'redis-rest-of-share',
      find: 'this.#cooldownMs = deps.share.intervalMs + COOLDOWN_MS - 1_000;',
      replace: 'this.#cooldownMs = COOLDOWN_MS;',
      meaning: 'a limit below one login a second is exceeded',
    },
    {
      id: 'redis-hold',
      find: 'const holdMs = leaseMs + LATE_COOLDOWN_MS + FRESH_MS;',
      replace: 'const holdMs = leaseMs;',
      meaning: 'Redis frees the slot of a login that timed out before the server may have read it',
    },
  ]),
  ...mutationsOf({ file: 'src/limiter/redis-queue.ts', test: QUEUE }, [
    {
      id: 'redis-pause-when-lost',
      find: 'this.#closedUntil = this.#lostAt + COOLDOWN_MS;',
      replace: '',
      meaning:
        'when Redis is lost, the own shares come on top of what it granted in the last second',
    },
    {
      id: 'redis-pause-when-found',
      find: 'this.#closedUntil = Math.max(this.#closedUntil, this.#deps.now() + NOTICE_MS + COOLDOWN_MS);',
      replace: '',
      meaning: 'when Redis is back, it grants on top of the other processes’ own shares',
    },
    {
      id: 'redis-unwanted-slot',
      find: "else slot.settle('notNeeded');",
      replace: '',
      meaning: 'the slot of an unwanted connection is lost until its lease ends',
    },
    {
      id: 'redis-unwanted',
      find: 'if (head.request.isNeeded?.() !== false) return true;',
      replace: 'return true;',
      meaning: 'a connection that no query needs costs a login',
    },
  ]),
  ...mutationsOf(
    { file: 'src/limiter/redis-limiter.ts', test: 'test/unit/limiter/redis-limiter.test.ts' },
    [
      {
        id: 'redis-own-share',
        find: 'fallback: limiterOf({ limit, processes,',
        replace: 'fallback: limiterOf({ limit, processes: 1,',
        meaning: 'without Redis, each process takes the whole limit',
      },
      {
        id: 'redis-default-share',
        find: 'const { processes = Math.ceil(limit) } = given;',
        replace: 'const { processes = 1 } = given;',
        meaning:
          'without Redis and without the option processes, each process takes the whole limit',
      },
      {
        id: 'redis-one-queue',
        find: 'const queue = getOrCreate(queues, key, () => {',
        replace: 'const queue = getOrCreate(new Map<string, RedisQueue>(), key, () => {',
        meaning: 'each login asks Redis as a process of its own',
      },
    ],
  ),
];
