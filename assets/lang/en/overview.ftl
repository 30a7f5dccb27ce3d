### Overview, and what is said before a core was heard.

# $url (String)
connecting-to = connecting to { $url }

cure-service = is the service running?
cure-serve = start a core by hand:
cure-demo = look around without one:
cure-behind = is the service behind it running?
cure-which = which core is meant is set by:
cure-same-key = both must read the same key:
cure-restart = a core reads it when it starts:
cure-key = make a key:
cure-port = who has the port?
core-url-setting = CORE_URL in the settings file
admin-key-setting = ADMIN_API_KEY in the settings file
core = Core
port = Port
no-domain = no WEBHOOK_DOMAIN
links-title = Links
database = Database

healthy = healthy
# $what (String)
look-at = look at: { $what }

# $what (String)
broken = broken: { $what }

# $rate (String)
requests-rate = req/s { $rate }

# $share (String)
errors = err { $share }

# $address (String)
answers-at = { $address } answers

# $address (String)
answered-at = { $address } answered

answers = answers
port-owner = owner
port-public = public
tls-issuer = issuer
tls-served = served
# $age (String)
oldest = oldest { $age }

# $count (String)
links-fresh = { $count } fresh

# $count (String)
links-partial = { $count } partial

# $count (String)
links-kept = { $count } kept

# $count (String)
links-failed = { $count } failed

# $count (String)
links-never = { $count } never tried

# $count (String)
links-off-there = { $count } disabled there

# $count (String)
links-disabled = { $count } switched off

cure-ladder = look for the cause step by step:
# $address (String)
port-listening = { $address } listening

# $status (String)
# $time (String)
public-answers = public { $status } in { $time }

# $what (String)
via = via { $what }

tls-valid = valid
# $n (Number) - chooses the form; the written number is $left
# $left (String)
# $total (String)
tls-days-left = { $n ->
    [one] { $left } of { $total } days left
   *[other] { $left } of { $total } days left
}

# $time (String)
tls-time-left = { $time } left

tls-names-match = names match
tls-on-disk = on disk
tls-public = public
# $age (String)
tls-renewed = renewed { $age } ago

changed = Changed
checks-title = Checks
# $count (String)
checks-broken = { $count } broken

# $count (String)
checks-look = { $count } to look at

# $count (String)
checks-unknown = { $count } unknown

# $count (String)
checks-ok = { $count } ok
