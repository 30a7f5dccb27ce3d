### Words of states, units and short names, shared by every screen.

unit-byte = B
unit-kilobyte = kB
unit-megabyte = MB
unit-gigabyte = GB
unit-millisecond = ms
unit-second = s
unit-minute = min
unit-hour = h
unit-day = d
short-minute = m
short-hour = h
short-day = d
# $number (String)
percent = { $number } %

# $rate (String)
per-second = { $rate } /s

# $age (String)
ago = { $age } ago

never = never
# $age (String)
expired = expired { $age }

none = none
# $count (String)
# $n (Number) - chooses the form; the written number is $count
links = { $n ->
    [one] { $count } link
   *[other] { $count } links
}

# $count (String)
# $n (Number) - chooses the form; the written number is $count
purchases = { $n ->
    [one] { $count } purchase
   *[other] { $count } purchases
}

# $count (String)
# $n (Number) - chooses the form; the written number is $count
active-purchases = { $n ->
    [one] { $count } active purchase
   *[other] { $count } active purchases
}

# $count (String)
# $n (Number) - chooses the form; the written number is $count
panels = { $n ->
    [one] { $count } panel
   *[other] { $count } panels
}

# $count (String)
# $n (Number) - chooses the form; the written number is $count
rungs = { $n ->
    [one] { $count } rung
   *[other] { $count } rungs
}

state-fresh = fresh
state-partial = partial
state-kept = kept
state-failed = failed
state-never = never tried
state-disabled = switched off
state-off-there = disabled there
outcome-updated = updated
outcome-unchanged = unchanged
outcome-partial = partial
outcome-kept = kept
outcome-failed = failed
outcome-open = open
job-queued = queued
job-running = running
job-done = done
job-cancelled = cancelled
job-stopped = stopped by the guard
job-failed = failed
check-ok = ok
check-warn = WARN
check-crit = CRIT
check-unknown = unknown
check-not-tried = not tried
not-measured = not measured yet
