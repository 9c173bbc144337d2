-- Takes a claim or an ack back: each entry returns to its holder as it was delivered then, unless somebody has touched
-- it since.
--
--   head: group, what is taken back (claim, ack)
--   each: ID, the holder it returns to, when it was delivered to that one, how often; who holds it now, after a claim

local group, of = ARGV[2], ARGV[3]

-- Idle times are told in milliseconds and read one after the other: closer than this is the same delivery.
local SAME_MS = 1000

local now, last_delivered

local function probe()
  call('XPENDING', source, group, '0-0', '0-0', 1)
  now = clock()
  local told = of == 'ack' and group_facts(group)
  last_delivered = told and told['last-delivered-id']
end

-- Whether ID `a` is above `b`. Lua's numbers are too short for either half, so they are compared as text.
local function above(a, b)
  local a_ms, a_seq = a:match('^(%d+)%-(%d+)$')
  local b_ms, b_seq = b:match('^(%d+)%-(%d+)$')
  if a_ms == b_ms then a_ms, b_ms = a_seq, b_seq end
  if #a_ms ~= #b_ms then return #a_ms > #b_ms end
  return a_ms > b_ms
end

-- Why a claim can no longer be taken back.
local function touched_since_claim(id, delivered_at, deliveries, now_with)
  local row = call('XPENDING', source, group, id, id, 1)[1]
  if not row then return 'not pending' end
  if row[2] ~= now_with then return 'moved on' end
  local apart = math.abs(now - row[3] - delivered_at)
  if apart > SAME_MS or row[4] ~= deliveries then return 'delivered again' end
end

-- Why an ack can no longer be taken back. A group that was set back will deliver the entry by itself.
local function touched_since_ack(id)
  if call('XPENDING', source, group, id, id, 1)[1] then return 'pending again' end
  if above(id, last_delivered) then return 'moved on' end
end

local function restore(id, holder, delivered_at, deliveries, now_with)
  local why
  if of == 'claim' then
    why = touched_since_claim(id, tonumber(delivered_at), tonumber(deliveries), now_with)
  else
    why = touched_since_ack(id)
  end
  if why then return why end
  local fields, gone = entry(id)
  if not fields then return gone end
  -- FORCE makes a new line in the pending list, even for an entry that never was there: hence all that was asked above.
  local force = of == 'ack' and 'FORCE' or 'JUSTID'
  call('XCLAIM', source, group, holder, 0, id, 'TIME', delivered_at, 'RETRYCOUNT', deliveries, 'JUSTID', force)
  return 'done'
end

return run(probe, 4, 5, restore)
