#!/bin/sh
# From nothing to a container at work: make an image called `demo` with pyker itself, then look out of a container.
set -eu
pyker=${PYKER:-pyker}
here=$(dirname "$0")

echo "== an image from Debian's static busybox"
"$here/rootfs.sh" | "$pyker" import --change 'CMD ["/bin/sh"]' - demo
"$pyker" images

echo "== a container, seen from inside"
"$pyker" run --rm --hostname demo --memory 64m --cpus 0.5 --pids-limit 64 demo sh -c '
    first() { for file; do [ ! -r "$file" ] || { cat "$file"; return; }; done; echo unlimited; }
    at=/sys/fs/cgroup
    echo "pid           $$; processes it can see: $(ps -o comm | tail -n +2 | sort -u | tr "\n" " ")"
    echo "hostname      $(hostname)"
    echo "user          $(id -un), capabilities $(grep CapEff /proc/self/status | cut -f 2)"
    echo "address       $(ip -4 -o address show eth0 2> /dev/null | { read -r _ _ _ address _; echo "$address"; })"
    echo "memory limit  $(first $at/memory.max $at/memory/memory.limit_in_bytes) bytes"
    echo "pids limit    $(first $at/pids.max $at/pids/pids.max)"
    echo "cpu quota     $(first $at/cpu.max $at/cpu/cpu.cfs_quota_us) µs of each 100000"
    echo "root          $(mount | head -n 1 | cut -c 1-60)…"
'
echo "== now try:  pyker run -it --rm demo"
