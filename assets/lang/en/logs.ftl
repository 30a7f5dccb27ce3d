### The Logs screen, `alamor logs`, and saving a screen.

key-whole = whole
key-level = level
key-wrap = wrap
key-other-log = other log
help-whole = show this record with nothing left out
help-level = errors only, warnings as well, …, everything
help-wrap = break long records, or cut them
help-other-log = the core's log, or this console's own
help-filter-logs = only records with this text; target:core::panels
help-save = save this screen as text, with colours, or as SVG
# $file (String)
note-saved = saved as { $file }

# $why (String)
note-not-saved = nothing was saved: { $why }

filter-log-fields = text, panel=fr-2  target:core::panels
log-of-core = Log of the core
# $level (String)
log-and-above = { $level } and above

log-being-read = is being read
log-paused = paused
# $n (Number) - chooses the form; the written number is $count
# $count (String)
log-paused-new = { $n ->
    [one] paused, { $count } new
   *[other] paused, { $count } new
}

# $n (Number) - chooses the form; the written number is $count
# $count (String)
log-missed = { $n ->
    [one] { $count } missed on this line
   *[other] { $count } missed on this line
}

log-empty = nothing noted that matches: l and / choose, LOG_LEVEL at the core decides what there is
ask-save = Save this screen?
save-where = into a new file in the folder that alamor was started in
answer-as-text = text
answer-as-ansi = text with colours
answer-as-svg = SVG
# $n (Number) - chooses the form; the written number is $count
# $count (String)
logs-missed = { $n ->
    [one] { $count } record was missed: this reader is too slow
   *[other] { $count } records were missed: this reader is too slow
}

logs-elsewhere = What it said before it ended is in the journal: journalctl -u alamorwebhook
# $job (Number)
update-goes-on = update #{ $job } goes on at the core. The same command comes back to it, `alamor` shows it, and there x cancels it

update-not-begun = stopped before the core began an update
