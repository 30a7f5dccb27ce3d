### Jobs: the last ones, one of them, what is different, what would change.

screen-jobs = Jobs
screen-job = Job
screen-compare = Compared
screen-item = Preview
# $n (Number) - chooses the form; the written number is $count
# $count (String)
jobs-kept = { $n ->
    [one] the last one
   *[other] the last { $count }
}

# $why (String)
jobs-not-read = the jobs were not read: { $why }

# $kind (String)
# $purchases (String)
kind-of = { $kind }, { $purchases }

column-when = WHEN
column-by = BY
column-from = FROM
column-what = WHAT
column-success = OK
column-failed = FAILED
column-connection = CONN.
column-total = TOTAL
column-took = TIME
column-floor = FLOOR
job-reading = reading the job
unchanged-not-kept = unchanged ones are only counted
all-unchanged = all that is kept of it is counts: nothing changed
items-no-match = no item matches this filter
# $job (Number)
# $with (Number)
compare-title = #{ $job } beside #{ $with }

compare-reading = comparing it with the last one of its kind
# $n (Number) - chooses the form; the written number is $count
# $count (String)
newly-failing = { $n ->
    [one] { $count } newly fails
   *[other] { $count } newly fail
}

# $n (Number) - chooses the form; the written number is $count
# $count (String)
recovered = { $n ->
    [one] { $count } recovered
   *[other] { $count } recovered
}

# $n (Number) - chooses the form; the written number is $count
# $count (String)
still-failing = { $n ->
    [one] { $count } fails in both
   *[other] { $count } fail in both
}

# $n (Number) - chooses the form; the written number is $count
# $count (String)
compare-unknown = { $n ->
    [one] { $count } known of one only
   *[other] { $count } known of one only
}

fails-now = fails now
recovered-now = recovered
compare-nothing = nobody fails who did not before, and nobody recovered
# $n (Number) - chooses the form; the written number is $count
# $count (String)
compare-more = { $n ->
    [one] and { $count } more
   *[other] and { $count } more
}

# $job (Number)
in-dry-run = in dry run #{ $job }

label-why = why
no-preview = its links are not known: it is being read
preview-links = Links
preview-nothing = all of them stay as they are
preview-forgotten = which ones is kept of the newest dry run only
# $n (Number) - chooses the form; the written number is $count
# $count (String)
preview-more-links = { $n ->
    [one] and { $count } link more
   *[other] and { $count } links more
}

change-removed = removed
change-replaced = replaced
change-renamed = renamed
change-added = added
change-kept = kept
# $question (String)
ask-dry = Dry run: { $question }

dry-run-shows = nothing is written: it shows what would change
beside-success = succeeded
beside-failed = failed
beside-connection = connection error
beside-total = total
beside-time = time
beside-floor = floor
beside-state = state
beside-started = started
beside-by = by
