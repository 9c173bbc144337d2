-- Copies entries and takes the originals away, each in one go.
--
--   head: verb, group, deliveries and attempts that are poison ('' where none is), 1 where copies are marked,
--         the number of names and values of an edited entry, and these
--   each: ID, owner, idle time, deliveries
--
-- requeue      XADD to the same stream, XACK
-- edit         the same, with other fields
-- dead-letter  XADD to the stream of dead letters, with where the entry comes from in front, XACK
-- redrive      XADD of a dead letter to where it came from, XDEL; no group, no owner

local verb, group = ARGV[2], ARGV[3]
local poison_deliveries, poison_attempts = tonumber(ARGV[4]), tonumber(ARGV[5])
local marking = ARGV[6] == '1'
local edited = tonumber(ARGV[7])
local first = 8 + edited
local destination = KEYS[2] or source

-- The same as in domain/plans/provenance.py.
local ORIGIN, ATTEMPT = '_maestro_origin', '_maestro_attempt'
local PREFIX = '_maestro_dead_'
local NAMES = { 'format', 'stream', 'group', 'id', 'consumer', 'deliveries', 'idle_ms', 'at' }

-- Lua puts no more than 8,000 arguments into one call.
local WIDEST = 7000

local now

-- The marks that an earlier requeue left: the ID of the first original, and the number of the attempt.
local function marks(fields)
  local last = #fields
  local attempt = fields[last]
  if fields[last - 3] == ORIGIN and fields[last - 1] == ATTEMPT and #attempt < 10 and attempt:find('^%d+$') then
    return fields[last - 2], tonumber(attempt)
  end
end

-- Puts marks at the end, in place of those that are there.
local function mark(fields, origin, attempt)
  local last = #fields
  if marks(fields) then last = last - 4 end
  fields[last + 1], fields[last + 2] = ORIGIN, origin
  fields[last + 3], fields[last + 4] = ATTEMPT, digits(attempt)
end

local function begins(text, with)
  return text:sub(1, #with) == with
end

-- A prefix that none of the entry's own names begins with, so that nothing of it can be taken for ours.
local function free_prefix(fields)
  local prefix, at = PREFIX, 1
  while at <= #fields do
    if begins(fields[at], prefix) then
      prefix, at = '_' .. prefix, 1
    else
      at = at + 2
    end
  end
  return prefix
end

local function dead_letter(id, fields, row)
  local prefix, letter = free_prefix(fields), {}
  local values = { #NAMES, source, group, id, row[2], digits(row[4]), digits(row[3]), now }
  for at, name in ipairs(NAMES) do
    letter[2 * at - 1], letter[2 * at] = prefix .. name, values[at]
  end
  for at = 1, #fields do letter[2 * #NAMES + at] = fields[at] end
  return letter
end

-- Takes a dead letter apart: the stream and ID that it had and its own fields; nothing where it is none of ours.
local function opened(fields)
  local prefix = fields[1]:match('^(_*' .. PREFIX .. ')' .. NAMES[1] .. '$')
  if not prefix or fields[2] ~= digits(#NAMES) or #fields <= 2 * #NAMES then return nil end
  for at, name in ipairs(NAMES) do
    if fields[2 * at - 1] ~= prefix .. name then return nil end
  end
  if not fields[8]:find('^%d+%-%d+$') then return nil end
  local own = {}
  for at = 2 * #NAMES + 1, #fields do own[#own + 1] = fields[at] end
  return fields[4], fields[8], own
end

-- What an edited entry becomes.
local function edited_fields()
  local fields = {}
  for at = 1, edited do fields[at] = ARGV[7 + at] end
  return fields
end

-- What takes the original away.
local function take_away(id)
  if verb == 'redrive' then return call('XDEL', source, id) end
  return call('XACK', source, group, id)
end

local function probe()
  if not modern then
    -- `#!lua` has newer servers refuse a script while memory is full. Older ones refuse only the first thing that a
    -- script writes, and this must be it. It changes nothing: 0-0 is below every ID there is.
    local reply = redis.pcall('XADD', destination, '0-0', '', '')
    if not reply.err:find('must be greater than 0-0', 1, true) then
      error({ command = 'XADD', words = reply.err }, 0)
    end
  end
  take_away('0-0')
  if verb ~= 'redrive' then call('XPENDING', source, group, '0-0', '0-0', 1) end
  if verb == 'dead-letter' then now = digits(clock()) end
end

-- The fields of the copy; or nil and why there is to be none.
local function copy_of(id, fields, row)
  local origin, stream = id, nil
  if verb == 'redrive' then
    stream, origin, fields = opened(fields)
    if stream ~= destination then return nil, 'no provenance' end
  end
  local first_origin, attempt = marks(fields)
  if poison_attempts and attempt and attempt >= poison_attempts then return nil, 'poison' end
  if verb == 'dead-letter' then return dead_letter(id, fields, row) end
  if verb == 'edit' then fields = edited_fields() end
  if marking then mark(fields, first_origin or origin, (attempt or 0) + 1) end
  return fields
end

-- Adds the copy. Only dead letters may make a stream: whatever is brought back to one that has vanished would lie in a
-- stream without groups, where nobody looks for it.
local function add(copy)
  if verb == 'dead-letter' then return call('XADD', destination, '*', unpack(copy)) end
  local new = call('XADD', destination, 'NOMKSTREAM', '*', unpack(copy))
  if not new then error({ command = 'XADD', words = 'ERR no such key' }, 0) end
  return new
end

local function move(id, owner, idle, deliveries)
  local row, why
  if verb ~= 'redrive' then
    row, why = pending(group, id, owner, idle, deliveries)
    if not row then return why end
    if poison_deliveries and row[4] >= poison_deliveries then return 'poison' end
  end
  local fields, gone = entry(id)
  if not fields then return verb == 'redrive' and gone == 'deleted' and 'not pending' or gone end
  local copy, left = copy_of(id, fields, row)
  if not copy then return left end
  if #copy > WIDEST then return 'too wide' end
  local new = add(copy)
  take_away(id)
  return 'done', new
end

return run(probe, first, 4, move)
