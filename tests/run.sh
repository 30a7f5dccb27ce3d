#!/usr/bin/env bash
# Every check and every test: bash tests/run.sh
#
# On Debian, as root, it first installs the packages that are missing. What cannot be run here is a
# failure, never a test that was left out. Afterwards nothing of it listens or runs any more.
set -euo pipefail
cd "$(dirname "$0")/.."

# gcc, libc6-dev and make build SQLite and aws-lc; ca-certificates is what panels are verified by. The
# tests start nginx and the programs of postgresql themselves, in a temporary folder: no service has to
# run. pebble is the authority from which a certificate is ordered. Rules of nftables are made in a network of their own. The console is also looked at inside
# tmux. Of systemd only its tools are used: systemd-analyze and systemd-socket-activate.
packages=(gcc libc6-dev make ca-certificates iproute2 iptables nftables nginx-light pebble postgresql systemd tmux)

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

step() { echo "== $*"; "$@"; }

step cargo fmt --check
step cargo clippy --locked --all-targets -- -D warnings
step cargo test --locked --no-fail-fast
RUSTDOCFLAGS="-D warnings" step cargo doc --locked --no-deps
echo "== all is well"
