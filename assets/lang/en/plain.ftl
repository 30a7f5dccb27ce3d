### The console line by line.

# $url (String)
plain-greeting = alamor, line by line, on { $url }. Write help for what there is.

plain-core-unknown = Nothing is known of the core yet.
# $at (String)
plain-not-heard-since = The core is not heard. What follows is from { $at }.

# $url (String)
plain-core-well = The core at { $url } is well.

# $url (String)
plain-core-not-quite = The core at { $url } is not quite well.

# $url (String)
plain-core-in-trouble = The core at { $url } is in trouble.

# $url (String)
plain-core-unlooked = The core at { $url } is not looked at yet.

# $count (String)
plain-fresh = { $count } fresh

# $count (String)
plain-partial = { $count } partial

# $count (String)
plain-kept = { $count } kept

# $count (String)
plain-failed = { $count } failed

# $count (String)
plain-never = { $count } never tried

# $count (String)
plain-off-there = { $count } off at their panel

plain-no-panels = There are no panels.
# $n (Number) - chooses the form; the written number is $count
# $count (String)
plain-serve-older = { $n ->
    [one] { $count } of them serves older links
   *[other] { $count } of them serve older links
}

# $count (String)
plain-more-purchases = And { $count } more: a filter finds them.

plain-no-match = No purchase matches.
# $panels (String)
plain-on-panels = on { $panels }

plain-and = { " " }and{ " " }
# $links (String)
# $count (String)
plain-links-kept = { $links }, { $count } of them kept

# $at (String)
plain-ends = ends { $at }

plain-never-ends = never ends
# $id (Number)
plain-purchase = Purchase { $id }

# $job (Number)
# $share (String)
# $done (String)
# $total (String)
# $failures (String)
plain-progress = Update #{ $job }: { $share }, { $done } of { $total } done, { $failures }.

# $n (Number) - chooses the form; the written number is $count
# $count (String)
# $why (String)
plain-cause = { $n ->
    [one] { $count } time: { $why }.
   *[other] { $count } times: { $why }.
}

# $success (String)
# $total (String)
# $failures (String)
plain-counts = { $success } of { $total } succeeded, { $failures }

# $job (Number)
# $time (String)
# $counts (String)
plain-done = Update #{ $job } is done after { $time }: { $counts }.

# $job (Number)
# $time (String)
# $counts (String)
plain-cancelled = Update #{ $job } was cancelled after { $time }: { $counts }.

# $job (Number)
# $time (String)
# $counts (String)
plain-stopped = Update #{ $job } was stopped by the guard after { $time }: { $counts }.

# $job (Number)
# $time (String)
# $counts (String)
plain-broke-off = Update #{ $job } could not go on after { $time }: { $counts }.

plain-dry = It was a dry run: nothing was written.
# $n (Number) - chooses the form; the written number is $count
# $count (String)
plain-connection-errors = { $n ->
    [one] { $count } connection error
   *[other] { $count } connection errors
}

# $failed (String)
# $errors (String)
plain-failures = { $failed } failed, { $errors }

plain-help-status = the core and its purchases at a glance
plain-help-update = updates the links of every active purchase; asks first
plain-help-retry = updates again what did not succeed; asks first
plain-help-cancel = cancels the running update; asks first
plain-help-purchases = the first twenty, as: purchases state:kept panel:fr-2
plain-help-panels = every panel
plain-help-logs = what the core notes, until you write another line
plain-help-yes = answers a question; dry starts an update that writes nothing
plain-help-again = says the question, or how far the update is, once more
plain-help-help = these lines
plain-help-quit = leaves; a job goes on in a core that runs on its own
# $why (String)
plain-lost = The core is not heard: { $why }. It is tried again.

# $url (String)
# $purchases (String)
# $panels (String)
plain-connected = Connected to { $url }: { $purchases } on { $panels }.

# $url (String)
plain-connected-only = Connected to { $url }.

# $panel (String)
plain-panel-back = { $panel } is back.

# $panel (String)
# $what (String)
plain-panel-down = { $panel } is down, { $what }.

# $n (Number) - chooses the form; the written number is $count
# $count (String)
plain-left-out = { $n ->
    [one] { $count } older one is left out.
   *[other] { $count } older ones are left out.
}

plain-write-yes-no-dry = Write yes, no, or dry for a dry run that writes nothing.
plain-write-yes-no = Write yes or no.
plain-withdrawn = The question is withdrawn.
plain-no-question = There is no question.
# $line (String)
plain-no-such-line = { $line } is none of the lines that help names; nothing was done.

plain-help-check = climbs the ladder to what customers reach, a rung a line
# $rung (String)
plain-ladder-ends = { $rung } does not work: what is below it was not tried.

# $time (String)
plain-ladder-climbed = Every rung was looked at, in { $time }: nothing is broken.
