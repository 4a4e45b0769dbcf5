#!/bin/sh
# Containers over a power cut and over an orderly reboot, with systemd, as root and as a user. Made for
#   vmtest run --src DIR IMAGE tests/vm-boot.sh
# where DIR is this tree with an installation beside it: make install DESTDIR=DIR/stage.
set -u
status=0

fail() {
    echo "FAILED: $*"
    status=1
}

# is WHO CONTAINER STATE: the state of a container, as soon as it is so, within twenty looks.
is() {
    tries=0
    until found=$($1 pyker inspect -f '{{.State.Status}}' "$2" 2>&1); [ "$found" = "$3" ]; do
        tries=$((tries + 1))
        [ $tries -lt 20 ] || { fail "boot $VMTEST_BOOT: $2 of '$1' is $found, not $3"; return; }
        sleep 1
    done
    echo "ok: boot $VMTEST_BOOT: $2 of '$1' is $3"
}

prepare() {
    cp -a /src/stage/opt/. /opt/
    cp -a /src/stage/usr/local/. /usr/local/
    systemctl daemon-reload
    systemctl enable -q pyker
    as-tester systemctl --user daemon-reload
    as-tester systemctl --user enable -q pyker
    sh /src/examples/rootfs.sh > /var/tmp/rootfs.tar
    chmod 644 /var/tmp/rootfs.tar
    for who in "" as-tester; do
        $who pyker import --change 'CMD ["/bin/sh"]' /var/tmp/rootfs.tar box
    done
    sync
}

# One container of each kind; what is written in them is synced, what pyker writes is its own business.
begin() {
    for policy in $2; do
        $1 pyker run -d --name "$policy" --restart "$policy" -e "p=$policy" --stop-timeout 20 box \
            sh -c 'echo $p | dd of=/written conv=fsync; trap "exit 0" TERM; while :; do sleep 1; done'
    done
    $1 pyker run -d --name stopped --restart unless-stopped box sleep 1000
    $1 pyker stop -t 0 stopped
}

# check WHO POLICIES
check() {
    for name in $2; do
        is "$1" "$name" running
        [ "$($1 pyker exec "$name" cat /written)" = "$name" ] || fail "$name of '$1' lost its file"
    done
    is "$1" stopped exited
}

case $VMTEST_BOOT in
1)
    prepare
    begin "" "always unless-stopped on-failure"
    pyker run -d --rm --name brief box sleep 1000
    begin as-tester always
    pyker ps -a
    echo b > /proc/sysrq-trigger
    sleep 999
    ;;
2)
    systemctl is-system-running --wait
    systemctl status --no-pager pyker
    check "" "always unless-stopped on-failure"
    check as-tester always
    pyker inspect brief > /dev/null 2>&1 && fail "brief is still there"
    date +%s > /var/tmp/down
    [ $status = 0 ] || exit 1
    systemctl reboot
    sleep 999
    ;;
3)
    systemctl is-system-running --wait
    systemctl status --no-pager pyker
    echo "down and up again: $(($(date +%s) - $(cat /var/tmp/down))) s"
    check "" "always unless-stopped on-failure"
    check as-tester always
    pyker inspect brief > /dev/null 2>&1 && fail "brief is still there"
    pyker ps -a
    ;;
esac
exit $status
