import { createHash } from 'node:crypto';
import { COOLDOWN_MS } from './memory-slots';

/** A waiting process that does not come back this long after it was told to has died, and loses its place. */
const GRACE_MS = 1_000;
/** Keys that nobody uses vanish. */
const EXPIRY_MS = 86_400_000;

/**
 * All that happens in Redis, atomically, by Redis's own clock. Redis 5 or later, Valkey.
 * KEYS: slots in use by the instant from which they are free; waiting processes by their turn; the same by when they will ask again;
 * the rest. `take` answers whether the slot was granted and otherwise for how long to wait before asking again;
 * `settle` sets for how long slots stay in use, 0 for those to give back at once, also for slots that Redis has forgotten.
 */
export const SCRIPT = `
local slots, turns, due, state = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', state, 'opensAt', 'last')
local opensAt, last = tonumber(known[1] or 0), tonumber(known[2] or 0)

-- The epoch stands among the slots, so that they cannot be lost without it. A new key may be one that was lost, and a server that
-- was started again or took over may lack the last writes: logins of the last second are not known here then.
local info = redis.pcall('INFO', 'server')
local run = 'epoch:' .. (type(info) == 'string' and string.match(info, 'run_id:(%w+)') or '') .. ':'
local epoch = redis.call('ZREVRANGE', slots, 0, 0)[1]
if not epoch or string.sub(epoch, 1, #run) ~= run then
  if epoch then redis.call('ZREM', slots, epoch) end
  epoch = run .. time[1] .. '.' .. time[2]
  redis.call('ZADD', slots, '+inf', epoch)
  opensAt = now + ${COOLDOWN_MS}
elseif now < last then
  -- The clock was set back: everything else moves with it.
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

-- A free slot belongs to those that wait, in their turn, and to a new one only when more are free than wait.
local free = limit - (redis.call('ZCARD', slots) - 1)
if now < opensAt then free = 0 end
local ahead = redis.call('ZRANK', turns, process) or redis.call('ZCARD', turns)
if ahead < free then
  redis.call('ZADD', slots, now + holdMs, slot)
  redis.call('ZREM', turns, process)
  redis.call('ZREM', due, process)
  return { epoch, 1, 0 }
end

-- Each one waits for another slot, so that they do not all come back at once; the longer the wait, the rougher the guess.
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

/** How Redis names a script that it knows. */
export const SCRIPT_SHA = createHash('sha1').update(SCRIPT).digest('hex');
