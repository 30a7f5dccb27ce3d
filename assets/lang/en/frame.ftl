### Header, tabs, footer, the note line and questions.

screen-overview = Overview
screen-purchases = Purchases
screen-update = Update
screen-panels = Panels
screen-logs = Logs
screen-purchase = Purchase
screen-panel = Panel
screen-keys = Keys
# $time (String)
up = up { $time }

# $time (String)
core-clock = core { $time }

connecting = connecting
live = live
# $at (String)
stale-since = stale since { $at }

not-reached = not reached
refused = refused
# $at (String)
refused-since = refused, stale since { $at }

# $what (String)
trying = { $what }, trying

# $what (String)
# $time (String)
again-in = { $what }, again in { $time }

# $size (String)
size-needed = { $size } needed

# $size (String)
size-here = here { $size }

q-leaves = q leaves
answer-apply = apply
answer-leave-it = leave it
answer-empty-it = empty it
# $what (String)
# $at (String)
values-are-from = { $what }; values are from { $at }

# $why (String)
core-not-reached = the core is not reached: { $why }

core-refuses-key = the core does not take this key
core-without-key = the core has no ADMIN_API_KEY
# $what (String)
not-a-core = this is no alamor core: it answers { $what }

# $url (String)
# $why (String)
url-not-reached = { $url } is not reached: { $why }

# $url (String)
url-refuses-key = { $url } does not take this key: ADMIN_API_KEY here and at the core differ

# $url (String)
url-without-key = the core at { $url } has no ADMIN_API_KEY: set one in its settings file and restart it

# $url (String)
# $what (String)
url-not-a-core = { $url } is no alamor core: it answers { $what }

# $job (Number)
another-job-runs = job #{ $job } is running: wait for it, or cancel it

nothing-listens = nothing listens there
no-answer-in-time = no answer in time
name-unknown = the name has no address
tls-failed = the TLS handshake failed
connection-cut = the connection was cut
connection-silent = the connection fell silent
# $status (Number)
gateway-answers = the proxy in front of it answers { $status }

connection-failed = the connection failed
no-reason-given = no reason given
then-do = ; do:{ " " }
log-of-console = Log of this console
newest-below = newest below
# $screen (String)
on-screen = On { $screen }

everywhere = Everywhere
# $job (Number)
ask-cancel = Cancel update #{ $job }?

# $panel (String)
ask-retry-login = Try the login of { $panel } again?

# $job (Number)
ask-quit = Leave while update #{ $job } runs?

ask-update-all = Update all?
# $id (Number)
ask-update-one = Update purchase { $id }?

# $job (Number)
ask-retry = Retry what failed in #{ $job }?

# $panels (String)
its-links-from = its links from { $panels }

# $count (String)
# $job (Number)
# $n (Number) - chooses the form; the written number is $count
did-not-succeed = { $n ->
    [one] { $count } purchase that did not succeed in #{ $job }
   *[other] { $count } purchases that did not succeed in #{ $job }
}

force-warning = forced: also what would lose more than half of its links is written
# $purchases (String)
# $panels (String)
purchases-on-panels = { $purchases } on { $panels }

# $panels (String)
in-trouble = in trouble: { $panels }; what they gave before is kept

# $time (String)
# $count (String)
# $job (Number)
# $by (String)
last-took = the last one took { $time } for { $count } (#{ $job } by { $by })

# $count (String)
done-and-stays = { $count } done so far, and that stays

# $by (String)
started-by = it was started by { $by }

retry-login-1 = it refused user and password, or the token; the next reading of it
retry-login-2 = tries them once more. Correct them in the bot first if they changed:
retry-login-3 = some panels lock out for 15 minutes after five wrong ones
quit-1 = its core lives in this console and ends with it
quit-2 = nothing is lost: the job goes on at the next start
answer-start = start
answer-not-now = not now
answer-cancel-it = cancel it
answer-let-run = let it run
answer-try-once = try it once
answer-leave = leave
answer-stay = stay
answer-dry-run = dry run: writes nothing
read-only = read-only
slow-line = slow line
# $age (String)
age-old = { $age } old
answer-do-it = do it
answer-complete = complete
answer-as-csv = CSV
answer-as-json = JSON
screen-code = QR
# $count (String)
help-more = j shows { $count } more
