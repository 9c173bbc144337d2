-- Gives pending entries to another consumer, and changes nothing else: JUSTID keeps the number of deliveries, IDLE the
-- idle time, so that no alarm falls silent because of it.
--
--   head: group, the consumer, deliveries that are poison ('' where none are)
--   each: ID, owner, idle time, deliveries

local group, consumer, poison = ARGV[2], ARGV[3], tonumber(ARGV[4])

local function probe()
  call('XPENDING', source, group, '0-0', '0-0', 1)
end

local function claim(id, owner, idle, deliveries)
  local row, why = pending(group, id, owner, idle, deliveries)
  if not row then return why end
  if poison and row[4] >= poison then return 'poison' end
  -- XCLAIM of an entry that is gone would drop it from the pending list without a word (7.0 and later).
  local fields, gone = entry(id)
  if not fields then return gone end
  call('XCLAIM', source, group, consumer, 0, id, 'IDLE', digits(row[3]), 'JUSTID')
  return 'done'
end

return run(probe, 5, 4, claim)
