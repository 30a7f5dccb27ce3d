### Purchases: the table, and one of them.

list-not-read = the list was not read: 2 tries again
list-reading = reading the list
list-empty = no purchases: the bot has sold none, or `alamor add purchase` adds one
list-no-match = no purchase matches this filter: / changes it
# $count (String)
active-count = { $count } active

sort = sort
filter = filter
# $count (String)
listed-count = { $count } listed

sort-age = age
sort-id = id
sort-user = user
sort-expires = expires
sort-state = state
sort-links = links
column-id = ID
column-user = USER
column-panels = PANELS
column-profile = PROFILE
column-links = LINKS
column-age = AGE
column-expires = EXPIRES
column-compared = COMPARED
# $what (String)
# $at (String)
why-since = { $what } since { $at }

# $count (String)
# $n (Number) - chooses the form; the written number is $count
links-are-kept = { $n ->
    [one] { $count } link is kept
   *[other] { $count } links are kept
}

has-no-panels = has no panels
# $when (String)
compared-with-own = compared with its own subscription: { $when }

reading-it = reading it
no-links-kept = no links are kept: its subscribers get none
last-updates = Last updates
none-yet = none yet
# $id (String)
user = user { $id }

# $count (String)
kept-count = { $count } kept

label-expires = expires
label-panels = panels
label-address = address
label-tried = tried
label-compared = compared
label-note = note
label-by-hand = by hand
# $name (String)
profile = profile { $name }

no-address = none: it has no subscription id
never-with-own = never with its own subscription
# $when (String)
with-own = with its own subscription { $when }

before-first-update = before our first update
# $at (String)
fetched = fetched { $at }

age-unknown = age unknown
# $age (String)
compared-ago = compared { $age } ago

never-compared = never compared
no-longer-its-panel = no longer a panel of this purchase
