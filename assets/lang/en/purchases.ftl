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
# $count (String)
marked-count = { $count } marked
# $n (Number)
# $count (String)
ask-export =
    { $n ->
        [one] Write { $count } purchase into a file?
       *[other] Write { $count } purchases into a file?
    }
export-where = a new file beside this console: ./alamor-purchases-DATE
export-what = without addresses and links; nothing is overwritten
# $n (Number)
# $count (String)
ask-update-these =
    { $n ->
        [one] Update { $count } purchase?
       *[other] Update { $count } purchases?
    }
all-listed-and-off = all that is listed, also what is switched off: that is left as it is
filter-fields = text, state:kept  panel:fr-2  outcome:failed  age:>3h
# $name (String)
# $fields (String)
mistake-field = there is no field { $name }: there are { $fields }
# $word (String)
# $words (String)
mistake-word = { $word } is none of { $words }
# $text (String)
mistake-age = { $text } is no age: write age:>3h or age:<2d, with s, m, h, d or w
# $text (String)
mistake-user = { $text } is no Telegram id: these are digits
sort-panels = panels
sort-profile = profile
sort-compared = compared
sort-outcome = outcome
palette-list-these = list only these purchases
# $column (String)
palette-sort-by = sort by { $column }; again turns it round
palette-filter = list only some purchases: words, state:kept, age:>3h
palette-sort = sort the purchases by a column
palette-theme = other colours: dark, light, high-contrast, monochrome, or a file
code-not-here = no QR code: this terminal shows ASCII only, or the address is too long
# $columns (String)
# $rows (String)
code-needs = the QR code needs a terminal of { $columns }x{ $rows }

filter-panel-fields = text, state:unreachable  way:links  login:refused  make:3x-ui
filter-item-fields = text, outcome:failed  panel:fr-2  reason:refused  user:77
sort-name = name
sort-latency = latency
sort-clients = clients
sort-sold = sold
sort-way = way
panels-no-match = no panel matches this filter
palette-save = save this screen: txt, ansi or svg
