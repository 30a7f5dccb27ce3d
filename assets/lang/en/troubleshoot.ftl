### Troubleshoot: the ladder to what customers reach, and the evidence of one rung.

screen-troubleshoot = Troubleshoot
screen-evidence = Evidence
key-why = troubleshoot
key-why-purchase = why
key-again = again from here
key-evidence = evidence
key-report = report
help-why = look for the cause step by step, from what is selected
help-why-purchase = look step by step at the panel that its links come from
help-again = try again from this rung on
help-evidence = what was asked at this rung, and what was answered
help-copy-fix = copy the command that mends it
help-report = write what was found into a new file, without secrets
note-fix-copied = what to do is copied, if this terminal lets programs copy
public-path = public path
# $key (String)
copies-it = { $key } copies it

rung-settings = settings
rung-database = database
rung-unit = unit
rung-process = process
rung-port = port
rung-firewall = firewall
rung-key = key
rung-endpoint = endpoint
rung-panels = panels
rung-waiting = not yet
rung-passed = above where this began
rung-broken-off = was being looked at when it broke off
climb-not-asked = nobody has looked
climb-broken-off = broken off
climb-not-started = alamor check did not start
# $code (String)
climb-ended = alamor check ended too early, with exit code { $code }

climb-killed = alamor check was killed before its end
# $line (String)
climb-unreadable = line { $line } of what alamor check answered is no rung

climb-too-long = alamor check was not over after 30 s, and was ended
evidence-looked = looked
# $time (String)
evidence-took = in { $time }

evidence-asked = Asked and answered
evidence-none = nothing more was noted
evidence-measured = Measured
