### Panels: their table, one of them, and the ladder to it.

panel-reachable = reachable
panel-unreachable = unreachable
panel-refuses = refuses
panel-unusable = unusable
panel-not-asked = not asked yet
panel-xray-down = Xray down
panel-no-login = no login
way-links = links
way-learned = learned
way-per-client = per client
way-client = client
way-subscription = own id
way-links-in-full = links: one call gives every link; checked in every update of many
way-learned-in-full = learned: one client's links are the pattern for all; checked in every update
way-per-client-in-full = per client: its list says who is who, then each subscription is read
way-subscription-in-full = own id: each purchase's own subscription is read, by the bot's id
login-not-tried = not tried
login-password = password
login-token = token
login-refused = refused
login-no-api = no API
login-not-tried-in-full = nobody has tried yet
login-password-in-full = user and password are taken
login-token-in-full = the API token is taken
login-refused-in-full = refused: wrong user or password, or token; not tried again until they change or you say so
login-no-api-in-full = it has no API that we know: a panel of another make, or a file
# $what (String)
login-said = login { $what }

xray-running = running
xray-stopped = stopped
# $state (String)
xray-trouble = Xray { $state }

# $inbound (String)
# $why (String)
# $count (String)
# $n (Number) - chooses the form; the written number is $count
fallback = { $n ->
    [one] inbound { $inbound }: { $why }, { $count } purchase one by one
   *[other] inbound { $inbound }: { $why }, { $count } purchases one by one
}

rung-well = well
rung-look = somebody should look
rung-broken = does not work
rung-unmeasured = not measured
below-why = why
below-do = do
fact-state = state
fact-panel = panel
fact-sold = sold
fact-address = address
fact-way = way
fact-login = login
fact-xray = Xray
fact-latency = latency
fact-breaker = breaker
fact-tls = TLS
fact-lists = lists
fact-by-client = by client
# $at (String)
# $age (String)
since = since { $at } ({ $age })

# $age (String)
for-age = for { $age }

make-unknown = make not known yet
# $count (String)
# $n (Number) - chooses the form; the written number is $count
clients-listed = { $n ->
    [one] { $count } client in its list
   *[other] { $count } clients in its list
}

# $age (String)
oldest-purchase = the oldest { $age }

# $count (String)
with-older-links = { $count } with older links

# $why (String)
no-cheaper-way = no cheaper way: { $why }

xray-unknown = not known
# $time (String)
latency-median = { $time }, the median of its last answers

latency-none = it has not answered yet
breaker-closed = closed: it is asked
breaker-half-open = half open: one question finds out
breaker-open = open: it is not asked
# $at (String)
breaker-open-until = open: it is not asked until { $at }

tls-none = none: it is asked over plain HTTP
tls-verified = its certificate must be valid
tls-not-verified-in-full = NOT verified (PANEL_TLS_INSECURE): whoever is between can hand out servers
tls-not-verified = TLS not verified
lists-not-read = not read yet: an update of four or more purchases reads them
# $at (String)
# $time (String)
# $count (String)
# $n (Number) - chooses the form; the written number is $count
lists-read = { $n ->
    [one] read { $at } in { $time } with { $count } request beside the login
   *[other] read { $at } in { $time } with { $count } requests beside the login
}

# $name (String)
no-such-panel = the bot's database has no panel { $name } any more

no-panels = the bot's database has no panels
probe = Probe
probe-offer = { " " }looks at it step by step, now
# $time (String)
probe-looking = looking, { $time }

# $count (String)
panels-none-asked = { $count }, none asked yet

# $up (String)
# $count (String)
panels-reachable = { $up } of { $count } reachable

# $count (String)
panels-more = and { $count } more: 4 shows them

# $what (String)
# $time (String)
not-asked-again-for = { $what }; not asked again for { $time }

column-name = NAME
column-make = MAKE
column-way = WAY
column-login = LOGIN
column-latency = LATENCY
column-clients = CLIENTS
column-sold = SOLD
column-state = STATE
column-answer = ANSWER
column-xray = XRAY
panel-login-refused = login refused
panel-fresh = fresh
panel-nothing-fetched = nothing fetched yet
# $count (String)
panel-kept = { $count } kept

# $count (String)
# $n (Number) - chooses the form; the written number is $count
serve-older-links = { $n ->
    [one] { $count } purchase serves older links because of it
   *[other] { $count } purchases serve older links because of it
}

login-may-be-retried = its login may be tried again: the next reading of it does, or --probe now
