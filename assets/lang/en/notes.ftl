### Notes: the answers to keys and news.

# $why (String)
note-list-not-read = the list was not read: { $why }

# $why (String)
note-items-not-read = the items were not read: { $why }

# $panel (String)
note-may-log-in = { $panel } may be asked with its password again

# $why (String)
note-nothing-changed = nothing was changed: { $why }

# $job (Number)
note-another-kind = nothing was started: update #{ $job } is running, another kind of one

# $why (String)
note-not-started = nothing was started: { $why }

note-cancelling = it is being cancelled: what is on its way ends first
# $why (String)
note-not-cancelled = it was not cancelled: { $why }

somebody-else = somebody else
# $job (Number)
# $by (String)
note-joined = update #{ $job } was already running, started by { $by }: this is it

# $job (Number)
note-accepted = update #{ $job } is accepted; it goes on without this console

note-restarted = the core was restarted: everything is read anew
# $count (String)
# $n (Number) - chooses the form; the written number is $count
note-missed = { $n ->
    [one] { $count } event was missed on this line: lists are read anew
   *[other] { $count } events were missed on this line: lists are read anew
}

# $job (Number)
note-ended = update #{ $job } has ended: 3 shows it

note-asking = the core is being asked
note-no-update = no update is running
note-no-retry = there is nothing to retry
note-login-not-refused = this panel's login was not refused
note-stale = the core is not heard: nothing is changed before it is
note-stale-probe = the core is not heard: it can look at nothing
# $job (Number)
# $by (String)
# $key (String)
note-in-the-way = update #{ $job } by { $by } is running: wait for it, or { $key } cancels it

note-english-only = this terminal shows ASCII only (its locale is not UTF-8): English is spoken
note-writing-list = the list is being read and written
note-read-only = this console only looks: it was started with --read-only
note-nothing-listed = nothing is listed
# $why (String)
note-not-revealed = it was not revealed: { $why }
note-nothing-called-so = nothing is called so
# $n (Number)
# $count (String)
# $path (String)
note-exported =
    { $n ->
        [one] { $count } purchase is in { $path }
       *[other] { $count } purchases are in { $path }
    }
# $why (String)
note-not-written = nothing was written: { $why }
# $n (Number)
# $count (String)
note-copied =
    { $n ->
        [one] { $count } id is copied, if this terminal lets programs copy
       *[other] { $count } ids are copied, if this terminal lets programs copy
    }
note-export-instead = the ids of a whole list go into a file: that is what export is for
note-stale-reveal = the core is not heard: it can tell nothing
note-address-copied = its address is copied, if this terminal lets programs copy
note-command-copied = the curl line is copied, if this terminal lets programs copy
