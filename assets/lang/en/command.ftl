### What commands print.

results-title = 🔄 Subscription links update
results-heading = 📊 Results:
results-success = ✅ Succeeded
results-failed = ❌ Failed
results-connection = 📡 Connection error
results-total = 📈 Total
# $label (String)
# $links (String)
results-line = • { $label }: { $links }

closing-server-down-1 = ⚠️ Problem: the webhook server cannot be reached.
closing-server-down-2 = Please make sure that the webhook server is running.
closing-dry-run = 🔍 Dry run: nothing was written.
closing-success = 🎉 Some links were updated successfully.
# $panels (String)
closing-unreached = ⚠️ Panels that could not be reached: { $panels }.

closing-see-log = ⚠️ No links were updated. The log says why: journalctl -u alamorwebhook
# $updated (String)
# $unchanged (String)
# $kept (String)
# $failed (String)
preview-panel = { $updated } updated, { $unchanged } unchanged, { $kept } kept, { $failed } failed

# $job (Number)
# $time (String)
job-took = job { $job }: { $time }

# $time (String)
job-floor = (floor { $time })

job-dry = , dry run: nothing was written
status-database = database
status-purchases = purchases
# $active (String)
# $fresh (String)
# $partial (String)
# $kept (String)
# $failed (String)
# $never (String)
status-counts = { $active } active: { $fresh } fresh, { $partial } partial, { $kept } kept, { $failed } failed, { $never } never tried

# $count (String)
status-off-there = { $count } disabled on their panel

# $what (String)
status-do = do: { $what }

# $why (String)
connection-lost = connection lost: { $why }

# $name (String)
cli-added-panel = panel { $name }: added

# $id (Number)
cli-added-purchase = purchase { $id }: added; its subscription id is

# $user (String)
cli-ask-password = Password of { $user } (shown while you type):{ " " }

cli-ask-embedded = Start a core inside this console? It ends with it. [Y/n, t: why not]{ " " }
# $file (String)
cli-written = { $file }: written, with fresh keys

# $file (String)
cli-exists = { $file }: is there already and stays as it is

# $file (String)
cli-created = { $file }: created
# $n (Number) - of the same
# $count (String) - as it is written
# $file (String) - a path
cli-exported = { $n ->
    [one] { $file }: written, { $count } row
   *[other] { $file }: written, { $count } rows
}
# $n (Number) - of the same
# $count (String) - as it is written
# $file (String) - a path
cli-imported = { $n ->
    [one] { $file }: read, { $count } row
   *[other] { $file }: read, { $count } rows
}

cli-next = next: alamor add panel, alamor add purchase, then alamor serve
cli-environment = the environment
# $file (String)
cli-key-good = ADMIN_API_KEY in { $file } keeps the rule

# $file (String)
# $why (String)
cli-key-weak = ADMIN_API_KEY in { $file } is weak: { $why }. `alamor key new` prints another

# $file (String)
cli-key-unset = ADMIN_API_KEY in { $file } is not set. `alamor key new` prints one

# $file (String)
cli-key-ask-set = Write a key into { $file }? [y/N]{ " " }

# $file (String)
cli-key-ask-rotate = Write a fresh key into { $file }? The present one stays valid until you finish. [y/N]{ " " }

# $file (String)
cli-key-ask-finish = Take the key before out of { $file }? Whoever still has it is refused then. [y/N]{ " " }

# $file (String)
cli-key-set =
    { $file }: the key is written. Now restart both:
      systemctl restart alamorwebhook
      and the bot

# $file (String)
cli-key-rotated =
    { $file }: a fresh key is written, and the one before as ADMIN_API_KEY_PREVIOUS. Now, in this order:
      systemctl restart alamorwebhook     takes both keys from then on
      restart the bot, open consoles and what else has the key
      alamor key rotate --finish          once nobody has the one before

# $file (String)
cli-key-finished =
    { $file }: the key before is gone. It opens until the core is restarted:
      systemctl restart alamorwebhook

cli-key-previous = the one before opens as well; `alamor key rotate --finish` ends that
cli-key-unchanged = nothing was changed

# $file (String)
cli-alert-none = nobody is told: set ALERT_URL, ALERT_COMMAND or ALERT_TELEGRAM=yes in { $file }

# $file (String)
cli-settings = settings: { $file }

fix-start = Start one with `alamor serve`, or name another with --core or CORE_URL in the .env file
fix-name = Name the core's address with --core or CORE_URL in the .env file

# $time (String)
bar-left = about { $time } left

# $count (String)
bar-ok = { $count } ok

# $count (String)
bar-failed = { $count } failed

# $count (String)
bar-not-reached = { $count } not reached

check-nothing-to-fix = Nothing of that can be cured without you: what to do stands beside each fault.

# $command (String)
check-would-run = Would ask to run: { $command }

# $command (String)
check-run = Run "{ $command }"? [y/N]

# $command (String)
check-ran = { $command }: done. alamor check looks again.

# $command (String)
# $how (String)
check-failed = { $command }: failed, { $how }

# $file (String)
check-reported = { $file }: the report
