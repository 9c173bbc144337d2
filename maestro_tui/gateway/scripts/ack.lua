-- Takes entries off the pending list. The entry itself may be gone: this is how such a list is cleaned up.
--
--   head: group, deliveries that are poison ('' where none are)
--   each: ID, owner, idle time, deliveries

local group, poison = ARGV[2], tonumber(ARGV[3])

local function probe()
  call('XPENDING', source, group, '0-0', '0-0', 1)
end

local function acknowledge(id, owner, idle, deliveries)
  local row, why = pending(group, id, owner, idle, deliveries)
  if not row then return why end
  if poison and row[4] >= poison then return 'poison' end
  call('XACK', source, group, id)
  return 'done'
end

return run(probe, 4, 4, acknowledge)
