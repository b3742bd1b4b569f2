import { mutationsOf } from '../mutation';

const KEY = 'return JSON.stringify([hostname, port, region, username, accessKeyId, sessionToken]);';
const keyWithout = (part: string) => KEY.replace(`${part}, `, '').replace(`, ${part}`, '');

export const tokenLines = [
  ...mutationsOf(
    { file: 'src/token/credential-cache.ts', test: 'test/unit/token/credential-cache.test.ts' },
    [
      {
        id: 'credentials-single-flight',
        find: 'if (this.#flight !== undefined) return this.#flight;',
        replace: '',
        meaning: 'each waiting connection asks the provider, which then throttles',
      },
      {
        id: 'credentials-backoff',
        find: 'const delay = this.#backoff.delay(this.#clocks.monotonic());',
        replace: 'const delay = 0;',
        meaning: 'while a provider fails, each query asks it again: a fleet overloads AWS STS',
      },
      {
        id: 'credentials-backoff-failed',
        find: "this.#backoff.settle('failed', this.#clocks.monotonic());",
        replace: '',
        meaning: 'a failed request delays nothing',
      },
      {
        id: 'credentials-backoff-ends',
        find: "this.#backoff.settle('accepted', this.#clocks.monotonic());",
        replace: '',
        meaning: 'after a recovery, a single failure costs a second',
      },
      {
        id: 'credentials-margin',
        find: 'MIN_LIFETIME_MS = 5_000;',
        replace: 'MIN_LIFETIME_MS = 0;',
        meaning: 'a token is signed with credentials that expire before the login',
      },
      {
        id: 'credentials-wall-clock',
        find: 'return Math.min(expiresAt.wall - wall(), expiresAt.monotonic - monotonic()) > MIN_LIFETIME_MS;',
        replace: 'return expiresAt.monotonic - monotonic() > MIN_LIFETIME_MS;',
        meaning: 'after a sleep of the machine, expired credentials sign',
      },
      {
        id: 'credentials-monotonic-clock',
        find: 'return Math.min(expiresAt.wall - wall(), expiresAt.monotonic - monotonic()) > MIN_LIFETIME_MS;',
        replace: 'return expiresAt.wall - wall() > MIN_LIFETIME_MS;',
        meaning: 'after the clock was set back, expired credentials sign',
      },
      {
        id: 'credentials-expired',
        find: 'if (!this.#outlivesLogin(held)) {\n      const end',
        replace: 'if (false) {\n      const end',
        meaning: 'expired credentials of a provider sign, and the server’s denial hides the reason',
      },
      {
        id: 'credentials-renewed',
        find: 'return this.#held?.identity === identity && this.#outlivesLogin(this.#held);',
        replace: 'return this.#held !== undefined && this.#outlivesLogin(this.#held);',
        meaning: 'credentials that were replaced while a slot was awaited sign',
      },
      {
        id: 'credentials-ahead',
        find: 'REFRESH_AHEAD_MS = 300_000;',
        replace: 'REFRESH_AHEAD_MS = 0;',
        meaning: 'all connections wait for the provider whenever credentials expire',
      },
      {
        id: 'credentials-gap',
        find: 'REFRESH_GAP_MS = 10_000;',
        replace: 'REFRESH_GAP_MS = 0;',
        meaning: 'a provider of short-lived credentials is asked for each connection',
      },
      {
        id: 'credentials-new-provider',
        find: "this.#provider = undefined;\n      this.#backoff.settle('failed'",
        replace: "this.#backoff.settle('failed'",
        meaning: 'a provider that failed once is used forever',
      },
      {
        id: 'credentials-timeout',
        find: 'if (waiting.timeoutMs === timeoutMs) waiting.reject',
        replace: 'if (waiting.timeoutMs > timeoutMs) waiting.reject',
        meaning: 'a provider that hangs holds all connections',
      },
      {
        id: 'credentials-abandoned',
        find: 'if (this.#flight === flight) {\n      this.#flight = undefined;\n      this.#provider',
        replace: 'if (this.#flight === flight) {\n      this.#provider',
        meaning: 'a provider that hung once is awaited forever',
      },
      {
        id: 'credentials-doubt',
        find: 'this.#refreshAt = Math.min(this.#refreshAt, this.#askedAt + REFRESH_GAP_MS);',
        replace: '',
        meaning: 'credentials that were revoked sign until they expire',
      },
      {
        id: 'credentials-doubt-gap',
        find: 'Math.min(this.#refreshAt, this.#askedAt + REFRESH_GAP_MS)',
        replace: 'Math.min(this.#refreshAt, this.#askedAt)',
        meaning: 'each denied login asks the provider, which then throttles',
      },
      {
        id: 'credentials-doubt-held',
        find: 'if (this.#held?.identity !== identity) return;',
        replace: '',
        meaning: 'a late denial of credentials that were replaced asks the provider',
      },
    ],
  ),
  ...mutationsOf(
    {
      file: 'src/token/credential-identity.ts',
      test: 'test/unit/token/credential-identity.test.ts',
    },
    [
      {
        id: 'identity-key',
        find: "typeof value !== 'string' || value === ''",
        replace: "value === undefined || value === ''",
        meaning: 'what is no text signs as a key',
      },
      {
        id: 'identity-empty',
        find: "typeof value !== 'string' || value === ''",
        replace: "typeof value !== 'string'",
        meaning: 'an empty key signs, and the server’s denial hides the reason',
      },
      {
        id: 'identity-session',
        find: "if (typeof value !== 'string') refusePart('sessionToken', 'a string');",
        replace: '',
        meaning: 'what is no text signs as a session token',
      },
      {
        id: 'identity-expiration',
        find: 'if (date === undefined || Number.isNaN(date.getTime()))',
        replace: 'if (date === undefined)',
        meaning: 'credentials whose expiration is unknown never count as expired, or always',
      },
      {
        id: 'identity-copy',
        find: "    accessKeyId: readText('accessKeyId', accessKeyId),\n",
        replace:
          "    ...(readText('accessKeyId', accessKeyId) && {}),\n    get accessKeyId() { return String(Reflect.get(identity, 'accessKeyId')); },\n",
        meaning: 'a key that changes after its check signs',
      },
      {
        id: 'identity-date-copy',
        find: 'types.isDate(value) ? new Date(value) : undefined',
        replace: 'types.isDate(value) ? value : undefined',
        meaning: 'a provider that changes its Date prolongs what is held',
      },
    ],
  ),
  ...mutationsOf(
    { file: 'src/token/token-cache.ts', test: 'test/unit/token/token-cache.test.ts' },
    [
      ...['hostname', 'port', 'region', 'username', 'accessKeyId', 'sessionToken'].map((part) => ({
        id: `token-key-${part.toLowerCase()}`,
        find: KEY,
        replace: keyWithout(part),
        meaning: `a token is used for another ${part} than it was signed for`,
      })),
      {
        id: 'token-margin',
        find: 'REUSE_MARGIN_MS = 60_000;',
        replace: 'REUSE_MARGIN_MS = 0;',
        meaning: 'a token is sent in the moment in which it expires',
      },
      {
        id: 'token-bound',
        find: 'Math.min(this.#reuseForMs, MAX_REUSE_MS, credentialsLiveMs - REUSE_MARGIN_MS)',
        replace: 'Math.min(this.#reuseForMs, credentialsLiveMs - REUSE_MARGIN_MS)',
        meaning: 'a token is reused for longer than RDS accepts it',
      },
      {
        id: 'token-credentials-end',
        find: 'Math.min(this.#reuseForMs, MAX_REUSE_MS, credentialsLiveMs - REUSE_MARGIN_MS)',
        replace: 'Math.min(this.#reuseForMs, MAX_REUSE_MS)',
        meaning: 'a token outlives the credentials that signed it',
      },
      {
        id: 'token-wall-clock',
        find: '[wall() - signedAt.wall, monotonic() - signedAt.monotonic].every(',
        replace: '[monotonic() - signedAt.monotonic].every(',
        meaning: 'after a sleep of the machine, an expired token is used',
      },
      {
        id: 'token-monotonic-clock',
        find: '[wall() - signedAt.wall, monotonic() - signedAt.monotonic].every(',
        replace: '[wall() - signedAt.wall].every(',
        meaning: 'after the clock was set back, an expired token is used',
      },
      {
        id: 'token-clock-back',
        find: '(ageMs) => ageMs >= 0 && ageMs < reuseForMs,',
        replace: '(ageMs) => ageMs < reuseForMs,',
        meaning: 'a token whose age is unknown is used',
      },
      {
        id: 'token-expired-revived',
        find: '      this.#dropExpired();\n',
        replace:
          '      const own = this.#held.get(key);\n      if (own !== undefined && !this.#isReusable(own)) this.#held.delete(key);\n',
        meaning: 'an expired token is used again after the clock was set back',
      },
      {
        id: 'token-denied',
        find: 'for (const [key, held] of this.#held) if (held.token === token) this.#held.delete(key);',
        replace: '',
        meaning: 'a denied token is used again and again',
      },
      {
        id: 'token-denied-only',
        find: 'if (held.token === token) this.#held.delete(key);',
        replace: 'if (held.token !== undefined || token) this.#held.delete(key);',
        meaning: 'one denial discards all tokens, newer ones too',
      },
      {
        id: 'token-age-at-hand-out',
        find: 'if (this.#isReusable(held)) return { token, reused: true };',
        replace: 'return { token, reused: true };',
        meaning: 'a token that expired while it was signed is used',
      },
      {
        id: 'token-failed-signature',
        find: 'if (this.#held.get(key) === held) this.#held.delete(key);',
        replace: '',
        meaning: 'one failed signature fails all later logins',
      },
      {
        id: 'token-cache-bound',
        find: 'this.#dropOldest();',
        replace: '',
        meaning: 'the cache grows without a bound',
      },
    ],
  ),
  ...mutationsOf(
    { file: 'src/token/token-provider.ts', test: 'test/unit/token/token-provider.test.ts' },
    [
      {
        id: 'provider-shared',
        find: 'customProviders.set(credentials, cache);',
        replace: '',
        meaning: 'each instance asks the same provider for itself',
      },
      {
        id: 'chain-shared',
        find: 'defaultChains.set(profile, chain);',
        replace: '',
        meaning: 'each instance asks the default chain for itself',
      },
      {
        id: 'chain-of-profile',
        find: 'defaultChains.get(profile) ?? new',
        replace: '[...defaultChains.values()][0] ?? new',
        meaning: 'an instance signs with another profile’s credentials',
      },
      {
        id: 'signer-loads-early',
        find: '      loadSigner(),\n    ]);',
        replace: '    ]);',
        meaning: 'a slot is held while the signer loads',
      },
      {
        id: 'chain-reads-again',
        find: '    ignoreCache: true,\n',
        replace: '',
        meaning: 'a key that was replaced in a file is never noticed',
      },
      {
        id: 'denial-doubts',
        find: 'this.#cache.doubt(credentials);',
        replace: '',
        meaning: 'credentials that were revoked sign until they expire',
      },
      {
        id: 'identity-before-signing',
        find: 'const credentials = readForSigning(held, endpoint);',
        replace: 'const credentials = held;',
        meaning: 'a token is reused for another key than the one that signed it',
      },
    ],
  ),
];
