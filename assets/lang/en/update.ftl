### Update: a job, its panels, causes and items.

no-update-yet = No update yet
update-offer = u updates the links of every active purchase; it asks first
# $by (String)
job-by = by { $by }

# $count (String)
count-success = Success { $count }

# $count (String)
count-failed = Failed { $count }

# $count (String)
count-connection = Connection { $count }

# $count (String)
count-connection-error = Connection error { $count }

# $count (String)
count-total = Total { $count }

kind-all = Update all
kind-dry-all = Dry run of all
kind-some = Update
kind-dry = Dry run
# $job (Number)
kind-retry = Retry of #{ $job }

# $job (Number)
kind-dry-retry = Dry retry of #{ $job }

# $kind (String)
kind-forced = { $kind }, forced,

# $elapsed (String)
# $left (String)
about-left = { $elapsed }, about { $left } left

# $count (String)
# $time (String)
done-in = { $count } in { $time }

# $count (String)
# $time (String)
# $floor (String)
done-in-with-floor = { $count } in { $time } (floor { $floor })

# $count (String)
# $n (Number) - chooses the form; the written number is $count
held = { $n ->
    [one] { $count } purchase is held: they would lose more than half of their links
   *[other] { $count } purchases are held: they would lose more than half of their links
}

force-offer = F forces
by-panel = By panel
by-cause = By cause
# $count (String)
more-lines = and { $count } more lines: 4 shows the panels

left-out = left out
# $time (String)
breaker-open-next = breaker open, next try in { $time }

job-breaker-open = breaker open
job-breaker-half-open = breaker half open
nothing-wrong = nothing went wrong so far
items = Items
items-failed-only = failed only
items-newest-first = newest first
none-failed = none failed
none-ended = none ended yet
# $fresh (String)
# $kept (String)
fresh-and-kept = { $fresh } fresh, { $kept } kept

# $count (String)
only-kept = { $count } kept
items-on-slow-line = on a slow line they are listed when the update has ended
