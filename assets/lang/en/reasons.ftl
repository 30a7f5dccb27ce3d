### Why something did not succeed: sentences for the codes of the core.

# $panel (String)
reason-refused = { $panel } refused the connection

# $panel (String)
reason-timeout = { $panel } did not answer in time

# $panel (String)
reason-dns = { $panel } has a name without an address

# $panel (String)
reason-tls = { $panel } showed a certificate that is not valid

# $panel (String)
reason-no-route = { $panel } cannot be reached: the network has no route to it

# $panel (String)
reason-cut = { $panel } broke off the connection

# $panel (String)
reason-gateway = { $panel } was not reached by the proxy in front of it

# $panel (String)
reason-busy = { $panel } asks to come back later

# $panel (String)
reason-unknown-subscription = { $panel } does not know this subscription id

# $panel (String)
reason-not-a-subscription = { $panel } answered something that is no subscription

# $panel (String)
reason-wrong-password = { $panel } refused user and password, or the token

# $panel (String)
reason-locked-out = { $panel } refuses the password that it took before

# $panel (String)
reason-too-large = { $panel } answered more than a subscription can hold

# $panel (String)
reason-status = { $panel } answered with an error status

# $panel (String)
reason-panel-unusable = { $panel } has no usable address in the bot's database

# $panel (String)
reason-panel-left-out = { $panel } was left out by the guard: too many would lose links

# $panel (String)
reason-not-asked = { $panel } became this purchase's just now: update it again

reason-would-lose-links = too many links would be lost
reason-not-found = the bot's database has no such purchase any more
reason-no-subscription-id = it has no subscription id
reason-not-active = the bot switched it off
reason-no-panel = it has neither a panel nor a profile with panels
reason-guard = the guard stopped the job
reason-cancelled = an operator cancelled it
reason-internal = a defect of the core: its log says more
