#!/usr/bin/env bash
# A machine of its own that Debian's systemd boots, out of the files of this one:
# bash machine.sh FOLDER
#
# FOLDER is seen inside as /shared; in FOLDER/pid stands which process of ours its PID 1 is, to which
# FOLDER/notify systemd says READY=1, or this READY=0 where there is no machine. FOLDER/before, a script, is run there before it boots. It lives until the standard input of this ends: then no process and
# no control group of it is left.
#
# What the machine writes is in memory alone: /usr, /etc and dpkg's database are layers above ours, the
# rest begins empty. It has processes, network, host name, mounts and control groups of its own, and may
# neither load modules nor change what the kernel is set to, nor its clock.
set -euo pipefail

fail() { echo "machine.sh: $*" >&2; exit 1; }

# There is no machine, or not any more; nobody may be listening.
ended() {
    rm -f "$1/pid"
    NOTIFY_SOCKET="$1/notify" systemd-notify --no-block READY=0 2>/dev/null || true
}

# The machine's root in the namespaces that are to be its own; becomes its PID 1.
boot() {
    local root="$1/root" shared="$1" pid
    # As our machine counts: its /proc is still the one here.
    read -r pid _ < /proc/self/stat
    echo "$pid" > "$shared/pid"
    mkdir -p "$root"
    mount -t tmpfs -o mode=755 machine "$root"
    cd "$root"
    mkdir -p dev etc home layers mnt opt proc root run shared srv sys tmp usr var
    local name
    for name in bin sbin lib lib32 lib64 libx32; do
        [[ ! -e "/$name" ]] || ln -s "usr/$name" "$name"
    done
    mount -t tmpfs -o mode=755,nosuid,nodev machine run
    mount -t tmpfs -o mode=1777 machine tmp
    mkdir -p var/{cache,lib,log/journal,spool,tmp}
    chmod 1777 var/tmp
    chmod 700 root
    ln -s ../run var/run
    layer usr
    layer etc
    layer var/lib/dpkg
    mount --bind "$shared" shared
    settle
    kernel
    ip link set lo up
    pivot_root . mnt
    umount -l mnt
    [[ ! -e /shared/before ]] || env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -eu /shared/before >&2
    exec env -i container=alamor PATH=/usr/sbin:/usr/bin:/sbin:/bin NOTIFY_SOCKET=/shared/notify \
        setpriv --bounding-set -sys_module,-sys_time,-sys_rawio,-syslog \
        /lib/systemd/systemd --unit=multi-user.target --show-status=no
}

# A folder of ours, above which the machine writes.
layer() {
    local above="layers/${1//\//-}"
    mkdir -p "$above/upper" "$above/work" "$1"
    mount -t overlay -o "lowerdir=/$1,upperdir=$above/upper,workdir=$above/work" machine "$1"
}

# What is of our machine, and not of every Debian.
settle() {
    rm -rf etc/systemd/system/* etc/init.d etc/rc?.d etc/fstab etc/resolv.conf etc/alamor
    rm -f usr/bin/alamor usr/local/bin/alamor
    sed -i '/^alamor:/d' etc/passwd etc/group etc/shadow etc/gshadow
    echo shop > etc/hostname
    echo 127.0.0.1 localhost shop > etc/hosts
    # Without one it would be its first boot, on which Debian starts whatever is installed.
    echo 0123456789abcdef0123456789abcdef > etc/machine-id
    touch etc/.updated var/.updated
}

# Lives as long as the machine does; TERM ends both.
live() {
    # With PID 1 ends whatever runs there; before there is one, with what is about to become it.
    trap 'kill -KILL "$(cat "$1/pid" 2>/dev/null || echo $!)"' TERM
    # It stands in its group before it takes that for the root of all groups.
    sh -c 'echo $$ > "$0/cgroup.procs" && exec "$@"' "$2" \
        unshare --pid --fork --kill-child --cgroup --mount --uts --ipc --net \
        bash "$0" --boot "$1" &
    # A signal that is trapped ends the first wait.
    wait $! || wait $! || true
    ended "$1"
}

# The folders of the kernel.
kernel() {
    mount -t proc proc proc
    local name
    for name in sys sysrq-trigger irq bus fs; do
        [[ ! -e "proc/$name" ]] || mount --bind -o ro "proc/$name" "proc/$name"
    done
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    mount -t tmpfs -o mode=755,nosuid machine dev
    for name in null zero full random urandom tty; do
        cp -a "/dev/$name" dev/
    done
    mkdir dev/pts dev/shm
    mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts dev/pts
    mount -t tmpfs -o mode=1777 machine dev/shm
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    ln -s fd/0 dev/stdin
    ln -s fd/1 dev/stdout
    ln -s fd/2 dev/stderr
}

case "${1:?machine.sh needs a folder}" in
    --own-mounts)
        mkdir "$2/groups"
        mount -t cgroup2 cgroup2 "$2/groups" || fail "there are no control groups of version 2"
        group="$2/groups/alamor-test-$$"
        mkdir "$group"
        trap '[[ ! -d "$group" ]] || find "$group" -depth -type d -exec rmdir {} +' EXIT
        live "$2" "$group" < /dev/null &
        while read -r _; do :; done
        # It may be gone already.
        kill -TERM $! 2>/dev/null || true
        wait
        ;;
    --boot) boot "$2" ;;
    *)
        folder="$(realpath "$1")"
        trap 'ended "$folder"' EXIT
        ((EUID == 0)) || fail "only root boots a machine: run the tests as root"
        unshare --mount --propagation private bash "$0" --own-mounts "$folder"
        ;;
esac
