import { mutationsOf } from '../mutation';

const unit = (name: string) => `test/unit/limiter/${name}.test.ts`;

export const limitLines = [
  ...mutationsOf({ file: 'src/limiter/contract.ts', test: unit('process-registry') }, [
    {
      id: 'default-limit',
      find: 'DEFAULT_LIMIT = 19;',
      replace: 'DEFAULT_LIMIT = 20;',
      meaning: 'twenty logins reach the server in one second',
    },
  ]),
  ...mutationsOf({ file: 'src/limiter/memory-slots.ts', test: unit('memory-slots') }, [
    {
      id: 'cooldown',
      find: 'COOLDOWN_MS = 1_010;',
      replace: 'COOLDOWN_MS = 990;',
      meaning: 'a slot is used again within the second in which the server counts its login',
    },
    {
      id: 'interval-of-a-tiny-share',
      find: 'Math.min(Math.max(1_000, 1_000 / share), MAX_INTERVAL_MS)',
      replace: 'Math.max(1_000, 1_000 / share)',
      meaning: 'with a tiny share, the timer of the next slot fires at once, again and again',
    },
    {
      id: 'late-cooldown',
      find: 'LATE_COOLDOWN_MS = 10_000;',
      replace: 'LATE_COOLDOWN_MS = 1_010;',
      meaning: 'a server that reads the token late counts the login together with the next ones',
    },
    {
      id: 'late-cooldown-after-timeout',
      find: "return outcome === 'timeout' ? Math.max(LATE_COOLDOWN_MS, cooldownMs) : cooldownMs;",
      replace: 'return cooldownMs;',
      meaning: 'the slot of a login that timed out rests for one second',
    },
    {
      id: 'slot-rests',
      find: 'slot.freeAt = now + cooldownAfter(outcome, this.#cooldownMs);',
      replace: 'slot.freeAt = now;',
      meaning: 'a slot does not rest after its login',
    },
    {
      id: 'slot-held',
      find: 'const slot = { freeAt: now + leaseMs + LATE_COOLDOWN_MS };',
      replace: 'const slot = { freeAt: now + COOLDOWN_MS };',
      meaning: 'a slow login’s slot is used again before it has ended',
    },
    {
      id: 'lease',
      find: 'const slot = { freeAt: now + leaseMs + LATE_COOLDOWN_MS };',
      replace: 'const slot = { freeAt: Infinity };',
      meaning: 'a lost slot lowers the rate forever',
    },
    {
      id: 'lease-late',
      find: 'const slot = { freeAt: now + leaseMs + LATE_COOLDOWN_MS };',
      replace: 'const slot = { freeAt: now + leaseMs };',
      meaning: 'a slot that was lost does not rest',
      only: 'that nobody settles is free',
    },
    {
      id: 'slot-limit',
      find: 'if (this.#slots.size >= this.#limit) return undefined;',
      replace: 'if (this.#slots.size > this.#limit) return undefined;',
      meaning: 'one login more than the limit reaches the server in a second',
    },
    {
      id: 'unused-slot',
      find: "if (outcome === 'notNeeded') return 0;",
      replace: '',
      meaning: 'a slot that nobody used rests, and the next login waits a second for nothing',
    },
    {
      id: 'lowest-limit',
      find: 'this.#limit = Math.min(this.#limit, limit);',
      replace: 'this.#limit = limit;',
      meaning: 'the last instance’s limit replaces a lower one of the same endpoint',
    },
    {
      id: 'longest-interval',
      find: 'this.#cooldownMs = Math.max(this.#cooldownMs, intervalMs + COOLDOWN_MS - 1_000);',
      replace: 'this.#cooldownMs = COOLDOWN_MS;',
      meaning: 'a share of less than one login a second is exceeded',
    },
    {
      id: 'share',
      find: 'const share = limit / processes;',
      replace: 'const share = limit;',
      meaning: 'each process takes the whole limit',
      test: unit('process-registry'),
    },
    {
      id: 'share-rounded',
      find: 'Math.max(1, Math.floor(share))',
      replace: 'Math.ceil(share)',
      meaning: 'the shares of all processes exceed the limit',
      test: unit('process-registry'),
    },
    {
      id: 'share-below-one',
      find: 'Math.max(1_000, 1_000 / share)',
      replace: '1_000',
      meaning: 'many processes, each with one login a second, exceed the limit',
      test: unit('process-registry'),
    },
  ]),
  ...mutationsOf({ file: 'src/limiter/memory-queue.ts', test: unit('memory-queue') }, [
    {
      id: 'settle-once',
      find: 'if (settled) return;',
      replace: '',
      meaning: 'a second settlement shortens the rest of a slot',
    },
    {
      id: 'unwanted',
      find: 'if (signal?.aborted !== true && isNeeded?.() !== false) {',
      replace: 'if (signal?.aborted !== true) {',
      meaning: 'a connection that no query needs costs a login',
    },
    {
      id: 'aborted-grant',
      find: 'if (signal?.aborted !== true && isNeeded?.() !== false) {',
      replace: 'if (isNeeded?.() !== false) {',
      meaning: 'a slot that is granted to a request that was withdrawn is lost',
    },
    {
      id: 'unwanted-slot',
      find: "slot.settle('notNeeded');",
      replace: '',
      meaning: 'the slot of an unwanted connection is lost until its lease ends',
    },
    {
      id: 'own-macrotask',
      find: 'setImmediate(() => this.#decide(head, counted));',
      replace: 'this.#decide(head, counted);',
      meaning: 'a query that starts to wait in this turn fails with another connection’s rejection',
    },
    {
      id: 'queue-order',
      find: 'this.#line.shift();',
      replace: '',
      meaning: 'one request takes slot after slot',
    },
  ]),
  ...mutationsOf({ file: 'src/limiter/waiting-line.ts', test: unit('memory-queue') }, [
    {
      id: 'line-bound',
      find: 'if (this.#waiting.length >= MAX_WAITING) return Promise.reject(tooManyWaiting(request.key));',
      replace: '',
      meaning: 'the line grows without a bound',
    },
  ]),
  ...mutationsOf({ file: 'src/limiter/process-registry.ts', test: unit('process-registry') }, [
    {
      id: 'registry-symbol',
      find: "Symbol.for('sequelize-rds-iam.limiter.v1')",
      replace: "Symbol('sequelize-rds-iam.limiter.v1')",
      meaning: 'each copy of the package has a limit of its own',
    },
    {
      id: 'registry-shared',
      find: '(shared[REGISTRY] ??= createRegistry())',
      replace: '(shared[REGISTRY] = createRegistry())',
      meaning: 'each login has a limit of its own',
    },
    {
      id: 'limiter-key',
      find: 'registry().acquire({ key: options.key ?? request.key, ...share }, request),',
      replace: 'registry().acquire({ key: request.key, ...share }, request),',
      meaning: 'endpoints of one instance do not share its limit',
    },
    {
      id: 'backoff-shared',
      find: 'getOrCreate(backoffs, loginKey, () => new BackoffQueue(monotonicNow)),',
      replace: 'new BackoffQueue(monotonicNow),',
      meaning: 'each instance backs off by itself, so many of them storm a failing server',
    },
    {
      id: 'unlimited-unwanted',
      find: 'if (isNeeded?.() === false) throw notNeeded();',
      replace: '',
      meaning: 'without a limit, a connection that no query needs costs a login',
    },
  ]),
];
