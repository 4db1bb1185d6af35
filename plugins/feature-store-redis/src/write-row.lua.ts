/**
 * Writes one row of one entity, all of it or nothing. A cell is `time:json`.
 * KEYS: the hash of newest cells, then the history of each feature. ARGV: the time, the time before which history may go
 * (empty for never, `-` for no history), then feature and JSON of each value.
 * The newest cell before that time stays, since reads after it still need it.
 */
export const writeRow = `
local at = tonumber(ARGV[1])
for i = 3, #ARGV, 2 do
  local cell = ARGV[1] .. ':' .. ARGV[i + 1]
  local former = redis.call('HGET', KEYS[1], ARGV[i])
  local formerAt = former and tonumber(string.match(former, '^(-?%d+):'))
  if not formerAt or formerAt <= at then
    redis.call('HSET', KEYS[1], ARGV[i], cell)
  end
  if ARGV[2] ~= '-' then
    local history = KEYS[2 + (i - 3) / 2]
    redis.call('ZREMRANGEBYSCORE', history, ARGV[1], ARGV[1])
    redis.call('ZADD', history, ARGV[1], cell)
    if ARGV[2] ~= '' then
      local last = redis.call('ZREVRANGEBYSCORE', history, ARGV[2], '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
      if last[2] then
        redis.call('ZREMRANGEBYSCORE', history, '-inf', '(' .. last[2])
      end
    end
  end
end
return 1`;
