#!/usr/bin/env bash
# Every check and every test: bash tests/run.sh
#
# On Debian, as root, it first installs the packages that are missing. What cannot be run here is a
# failure, never a test that was left out. Afterwards nothing of it listens or runs any more.
set -euo pipefail
cd "$(dirname "$0")/.."

# gcc, libc6-dev and make build SQLite and aws-lc; ca-certificates is what panels are verified by. The
# tests start nginx and the programs of postgresql themselves, in a temporary folder: no service has to
# run. Rules of nftables are made in a network of their own. The console is also looked at inside tmux,
# and the page for customers in Chromium; DejaVu has the letters of its three languages. The bot's own
# HTTP client, what the old server is made of, and what makes up questions to /openapi.json, are
# programs in Python. systemd boots machines of its own, in namespaces; here only its tools are used.
# The shells complete our commands, groff shows our manual, and dpkg takes our package, below a folder.
# pebble is the authority from which a certificate is ordered.
packages=(gcc libc6-dev make ca-certificates iproute2 iptables nftables nginx-light pebble postgresql systemd dbus
    tmux chromium fonts-dejavu-core python3 python3-venv bash zsh fish groff-base dpkg-dev binutils)

fail() { echo "tests/run.sh: $*" >&2; exit 1; }

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
done
if ((${#missing[@]})); then
    command -v apt-get >/dev/null || fail "needs ${missing[*]}, and there is no apt-get to install them with"
    ((EUID == 0)) || fail "needs ${missing[*]}: run it as root, or apt-get install them"
    echo "== apt-get install ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

for tool in cargo rustfmt cargo-clippy rustdoc; do
    command -v "$tool" >/dev/null || fail "needs Rust 1.95 with clippy and rustfmt: $tool is not there"
done

# Where the tests look for them; made anew when the versions change.
python="${CARGO_TARGET_DIR:-target}/tmp/python"
if ! cmp -s tests/requirements.txt "$python/requirements.txt"; then
    echo "== pip install -r tests/requirements.txt"
    rm -rf "$python"
    /usr/bin/python3 -m venv "$python"
    "$python/bin/pip" install -q --disable-pip-version-check -r tests/requirements.txt
    cp tests/requirements.txt "$python/"
fi

step() { echo "== $*"; "$@"; }

step cargo fmt --check
step cargo clippy --locked --all-targets -- -D warnings
step cargo test --locked --no-fail-fast
RUSTDOCFLAGS="-D warnings" step cargo doc --locked --no-deps
echo "== all is well"
