-- Removes a consumer, or a whole group, that holds nothing: what is pending with it would be lost without a word.
--
--   once: what to remove (consumer, group), group, consumer, the group's last-delivered ID as seen

local function nothing() end

local function consumer_facts(group, name)
  for _, flat in ipairs(call('XINFO', 'CONSUMERS', source, group)) do
    local told = facts(flat)
    if told.name == name then return told end
  end
end

local function remove(what, group, consumer, last_delivered)
  local told
  if what == 'group' then
    told = group_facts(group)
  else
    told = consumer_facts(group, consumer)
  end
  if not told then return 'gone' end
  if told.pending > 0 then return 'holds', digits(told.pending) end
  if what == 'consumer' then
    call('XGROUP', 'DELCONSUMER', source, group, consumer)
    return 'done'
  end
  if told['last-delivered-id'] ~= last_delivered then return 'moved', told['last-delivered-id'] end
  call('XGROUP', 'DESTROY', source, group)
  return 'done'
end

return run(nothing, 2, 4, remove)
