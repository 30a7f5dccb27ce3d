### What `alamor migrate check` prints.

# $active (String)
# $all (String)
# $time (String)
migrate-counts = { $active } of { $all } purchases are active; asked in { $time }

migrate-found = Found on their panels
migrate-everywhere = everywhere
migrate-partly = partly
migrate-nowhere = nowhere
migrate-not-asked = not asked
migrate-off = switched off
migrate-loses = loses all links
migrate-fewer = fewer links
migrate-others = other links
migrate-names = other names
migrate-gains = gets links
migrate-refused = other refusal
migrate-same = as before
migrate-no-address = no address
migrate-column-found = FOUND
migrate-column-before = BEFORE
migrate-column-after = AFTER
migrate-column-effect = EFFECT
migrate-column-why = WHY
# $n (Number) - of the same
# $count (String) - as it is written
migrate-other-lines = { $n ->
    [one] { $count } line that is no share link
   *[other] { $count } lines that are no share links
}

# $id (String)
migrate-shadow = has the subscription id of { $id }, which is served instead

# $n (Number) - of the same
# $count (String) - as it is written
migrate-left-out = { $n ->
    [one] { $count } purchase stays as it is; --all lists it too
   *[other] { $count } purchases stay as they are; --all lists them too
}

migrate-ready = Ready: every active purchase was found on its panels, and nobody would get fewer links.
migrate-look-first = Look first: nobody would lose all links, but not everything was found or stays as much.
migrate-not-ready = Not ready: this would cost customers their links, or could not be found out.
migrate-before = BEFORE is what the old server serves of single_configs_json. It asks the panel's web address first; a stock panel answers 404 there.
