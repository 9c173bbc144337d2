-- What every script begins with. A script is one line that says `local modern = true` or `false` (whether the server
-- knows `#!lua`), then this file, then one of the others, and is run by EVAL:
--
--   KEYS[1]   the stream; KEYS[2] the stream that copies go to, where that is another one
--   ARGV[1]   how many bytes of fields may be read before the rest of the IDs is handed back
--   ARGV[2..] what the script's own head takes, then the same number of arguments for each ID
--
-- The answer is { command, words, word, extra, word, extra, ... }: for each ID, in order, what became of it and the
-- ID of its copy, or a remark. IDs after the last one told were not tried. `command` is what the server refused, and
-- `words` how it put that; both are empty where nothing was refused.
--
-- Nothing that a script has written is taken back when it fails. So whatever the server could refuse is tried first,
-- on the ID 0-0, which no entry can have; and each ID is looked at again, in the same script that changes it: nobody
-- can acknowledge, receive or claim it in between.

local source = KEYS[1]
local budget, used = tonumber(ARGV[1]), 0

-- A name or value takes as long to handle as some more bytes would (measured: 0.35 us each, and 1.4 ms for 1 MB).
local EACH = 128

-- Runs a command. A refusal ends the script, and is told with the name of the command: some servers do not say it.
local function call(command, ...)
  local reply = redis.pcall(command, ...)
  if type(reply) == 'table' and reply.err then
    local whole = (command == 'XINFO' or command == 'XGROUP') and command .. ' ' .. (...) or command
    error({ command = whole, words = reply.err }, 0)
  end
  return reply
end

-- Finds a pending ID as it was seen: returns its ID, owner, idle time and deliveries, or nil and why it is left alone.
-- Whoever received or claimed it since made it younger than it was seen to be, or, if that was long after it was seen,
-- delivered it more often (0: not seen).
local function pending(group, id, owner, idle, deliveries)
  local row = call('XPENDING', source, group, id, id, 1)[1]
  if not row then return nil, 'not pending' end
  if row[2] ~= owner then return nil, 'moved on' end
  if row[3] < tonumber(idle) then return nil, 'delivered again' end
  if deliveries ~= '0' and row[4] > tonumber(deliveries) then return nil, 'delivered again' end
  return row
end

-- Reads an entry's names and values, one after the other; or returns nil and why it is left alone. At least one entry
-- a call is read, however large it is.
local function entry(id)
  local found = call('XRANGE', source, id, id)[1]
  if not found then return nil, 'deleted' end
  local fields = found[2]
  local size = EACH * #fields
  for at = 1, #fields do size = size + #fields[at] end
  if used > 0 and used + size > budget then return nil, 'not tried' end
  used = used + size
  return fields
end

-- Reads `name, value, name, value` of XINFO into a table.
local function facts(flat)
  local told = {}
  for at = 1, #flat, 2 do told[flat[at]] = flat[at + 1] end
  return told
end

-- Finds a group of the stream; nil where there is none of that name.
local function group_facts(name)
  for _, flat in ipairs(call('XINFO', 'GROUPS', source)) do
    local told = facts(flat)
    if told.name == name then return told end
  end
end

-- The server's clock, in milliseconds.
local function clock()
  local time = call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- A number as Redis spells it: Lua would write a large one as 1.7e+12.
local function digits(number)
  return string.format('%.0f', number)
end

-- Lets `probe` try what could be refused, then `each` do its work for each ID: `width` arguments from `first` on.
local function run(probe, first, width, each)
  local answer, trying = { '', '' }, false
  local ended, why = pcall(function()
    probe()
    trying = true
    for at = first, #ARGV, width do
      local word, extra = each(unpack(ARGV, at, at + width - 1))
      if word == 'not tried' then return end
      answer[#answer + 1] = word
      answer[#answer + 1] = extra or ''
    end
  end)
  if not ended then
    if type(why) ~= 'table' then why = { command = 'EVAL', words = tostring(why) } end
    answer[1], answer[2] = why.command, why.words
    if trying then
      answer[#answer + 1] = 'failed'
      answer[#answer + 1] = why.words
    end
  end
  return answer
end
