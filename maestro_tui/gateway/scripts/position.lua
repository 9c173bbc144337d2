-- Sets a group's position, if it still is where it was seen.
--
--   once: group, the last-delivered ID as seen, the new one, the number of entries read up to there ('' where unknown)

local function nothing() end

local function set(group, before, to, entries_read)
  local told = group_facts(group)
  if not told then return 'gone' end
  if told['last-delivered-id'] ~= before then return 'moved', told['last-delivered-id'] end
  -- 6.2 counts nothing.
  if modern and entries_read ~= '' then
    call('XGROUP', 'SETID', source, group, to, 'ENTRIESREAD', entries_read)
  else
    call('XGROUP', 'SETID', source, group, to)
  end
  return 'done'
end

return run(nothing, 2, 4, set)
