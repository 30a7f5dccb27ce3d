#!/usr/bin/env bash
# The Debian package: bash assets/debian/build.sh [--binary FILE] [--version VERSION] [FOLDER]
#
# Builds the program as it is released, unless --binary names one that is built already, and writes
# alamor_VERSION_ARCH.deb into FOLDER, target/debian by default. The manual and the completions are what
# the program itself prints. The same source gives the same bytes.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
top="$(cd "$here/../.." && pwd)"

fail() { echo "assets/debian/build.sh: $*" >&2; exit 2; }

binary="" version="" folder=""
while (($#)); do
    case "$1" in
        --binary) binary="$(realpath -e "${2:?--binary needs a file}")"; shift 2 ;;
        --version) version="${2:?--version needs a version}"; shift 2 ;;
        -*) fail "$1 is not known; it takes --binary FILE, --version VERSION and a folder" ;;
        *) folder="$1"; shift ;;
    esac
done
for tool in dpkg-deb dpkg-shlibdeps strip; do
    command -v "$tool" >/dev/null || fail "$tool is missing: apt-get install dpkg-dev binutils"
done

version="${version:-$(sed -n 's/^version = "\(.*\)"/\1/p' "$top/Cargo.toml" | head -n 1)}"
folder="${folder:-$top/target/debian}"
mkdir -p "$folder"
folder="$(cd "$folder" && pwd)"
if [[ -z "$binary" ]]; then
    (cd "$top" && cargo build --release --locked >&2)
    binary="${CARGO_TARGET_DIR:-$top/target}/release/alamor"
fi
# What stands in the archive is dated by the source, not by the hour of its building.
if [[ -z "${SOURCE_DATE_EPOCH:-}" ]]; then
    SOURCE_DATE_EPOCH="$(git -C "$top" log -1 --format=%ct 2>/dev/null || stat -c %Y "$top/Cargo.toml")"
fi
export SOURCE_DATE_EPOCH

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
umask 022
tree="$work/tree"
share="$tree/usr/share"
mkdir -p "$tree/DEBIAN" "$tree/usr/bin" "$share/man" "$share/doc/alamor/examples" \
    "$share/bash-completion/completions" "$share/zsh/vendor-completions" "$share/fish/vendor_completions.d"

strip --strip-unneeded -o "$tree/usr/bin/alamor" "$binary"
chmod 755 "$tree/usr/bin/alamor"
# In an empty environment: what is printed depends on nobody's settings.
ask() { (cd "$work" && env -i LANG=C.UTF-8 "$tree/usr/bin/alamor" "$@"); }
ask man "$share/man/man1"
gzip -9n "$share"/man/man1/*.1
ask completions bash > "$share/bash-completion/completions/alamor"
ask completions zsh > "$share/zsh/vendor-completions/_alamor"
ask completions fish > "$share/fish/vendor_completions.d/alamor.fish"

install -m 644 "$here/copyright" "$top/README.md" "$share/doc/alamor/"
install -m 644 "$top/.env.example" "$share/doc/alamor/examples/env.example"
install -m 644 "$top/assets/grafana.json" "$share/doc/alamor/examples/"
gzip -9n "$share/doc/alamor/README.md"

# The libraries that it is linked to, and the packages that have them.
mkdir "$work/debian"
printf 'Source: alamor\n\nPackage: alamor\nArchitecture: any\n' > "$work/debian/control"
libraries="$(cd "$work" && dpkg-shlibdeps -O -e"$tree/usr/bin/alamor" 2>/dev/null)" \
    || fail "dpkg-shlibdeps does not know the libraries of $binary"

size="$(du -sk --apparent-size "$tree/usr" | cut -f 1)"
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$(dpkg --print-architecture)/" -e "s/@SIZE@/$size/" \
    -e "s/@LIBRARIES@/${libraries#shlibs:Depends=}/" "$here/control" > "$tree/DEBIAN/control"
for script in postinst prerm postrm; do
    install -m 755 "$here/$script" "$tree/DEBIAN/$script"
done
(cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) > "$tree/DEBIAN/md5sums"

dpkg-deb --root-owner-group --build "$tree" "$folder" >&2
echo "$folder/alamor_${version}_$(dpkg --print-architecture).deb"
