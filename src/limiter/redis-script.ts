import { createHash } from 'node:crypto';
import { COOLDOWN_MS } from './memory-slots';

/** A waiting process that is this late to ask again is considered dead, and loses its place. */
const GRACE_MS = 1_000;
/** Unused keys expire. */
const EXPIRY_MS = 86_400_000;

/**
 * Everything that happens in Redis, atomically and by Redis's own clock. It runs on Redis 5 or later and on Valkey.
 * KEYS: the slots in use, scored by the time at which they become free; the waiting processes, scored by their turn; the same
 * processes, scored by the time at which they ask again; a hash with the rest.
 * `take` returns whether the slot was granted, and otherwise how many milliseconds to wait before asking again.
 * `settle` sets for how many milliseconds slots stay in use (0 returns them at once), even if Redis has forgotten them.
 */
export const SCRIPT = `
local slots, turns, due, state = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', state, 'opensAt', 'last')
local opensAt, last = tonumber(known[1] or 0), tonumber(known[2] or 0)

-- The epoch is stored among the slots, so that they cannot be lost without it. A new key may replace a lost one, and a server that
-- restarted or took over may lack the last writes. Logins of the last second may then be unknown, so nothing is granted for a second.
local info = redis.pcall('INFO', 'server')
local run = 'epoch:' .. (type(info) == 'string' and string.match(info, 'run_id:(%w+)') or '') .. ':'
local epoch = redis.call('ZREVRANGE', slots, 0, 0)[1]
if not epoch or string.sub(epoch, 1, #run) ~= run then
  if epoch then redis.call('ZREM', slots, epoch) end
  epoch = run .. time[1] .. '.' .. time[2]
  redis.call('ZADD', slots, '+inf', epoch)
  opensAt = now + ${COOLDOWN_MS}
elseif now < last then
  -- The clock was set back: move all times with it.
  local inUse = redis.call('ZRANGE', slots, 0, -2, 'WITHSCORES')
  for i = 1, #inUse, 2 do redis.call('ZADD', slots, inUse[i + 1] - (last - now), inUse[i]) end
  redis.call('DEL', turns, due)
  opensAt = opensAt - (last - now)
end
redis.call('HSET', state, 'opensAt', opensAt, 'last', now)
for i = 1, #KEYS do redis.call('PEXPIRE', KEYS[i], ${EXPIRY_MS}) end

if ARGV[1] == 'settle' then
  for i = 2, #ARGV, 2 do
    if ARGV[i + 1] == '0' then redis.call('ZREM', slots, ARGV[i])
    else redis.call('ZADD', slots, now + ARGV[i + 1], ARGV[i]) end
  end
  return { epoch }
end

local slot, process, holdMs, limit, cooldownMs = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
redis.call('ZREMRANGEBYSCORE', slots, '-inf', now)
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now - ${GRACE_MS})) do
  redis.call('ZREM', turns, dead)
  redis.call('ZREM', due, dead)
end

-- Free slots go to the waiting processes in their turn. A new process gets one only if more slots are free than processes wait.
local free = limit - (redis.call('ZCARD', slots) - 1)
if now < opensAt then free = 0 end
local ahead = redis.call('ZRANK', turns, process) or redis.call('ZCARD', turns)
if ahead < free then
  redis.call('ZADD', slots, now + holdMs, slot)
  redis.call('ZREM', turns, process)
  redis.call('ZREM', due, process)
  return { epoch, 1, 0 }
end

-- Each process waits for a different slot, so that they do not all return at once. The longer the wait, the rougher the estimate.
local wait = math.floor((ahead - free) / limit) * cooldownMs
if now < opensAt then
  wait = wait + opensAt - now
else
  local freeAt = redis.call('ZRANGE', slots, (ahead - free) % limit, (ahead - free) % limit, 'WITHSCORES')[2]
  wait = wait + math.max(1, math.min(cooldownMs, tonumber(freeAt or 'inf') - now))
end
if wait > 2 * cooldownMs then wait = math.min(wait / 2, 30000) end
wait = math.ceil(wait)
if not redis.call('ZSCORE', turns, process) then
  redis.call('ZADD', turns, redis.call('HINCRBY', state, 'turn', 1), process)
end
redis.call('ZADD', due, now + wait, process)
return { epoch, 0, wait }
`;

/** The name under which Redis caches the script. */
export const SCRIPT_SHA = createHash('sha1').update(SCRIPT).digest('hex');
