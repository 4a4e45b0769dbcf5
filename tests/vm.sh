#!/bin/sh
# The part of the suite that cgroups and users touch, on a machine with systemd and cgroup v2 alone. Made for
#   vmtest run --src DIR IMAGE tests/vm.sh [TEST...]
# where DIR is this tree with an installation beside it (make install DESTDIR=DIR/stage, and pytest in its venv).
set -u
cp -a /src/stage/opt/. /opt/
cp -a /src/stage/usr/local/. /usr/local/
mkdir /root/pyker
cd /src && tar -cf - --exclude=./stage . | tar -xf - -C /root/pyker
cd /root/pyker || exit 1
chmod 755 /root/pyker/examples

echo "== root"
examples/demo.sh || exit 1
[ $# -gt 0 ] || set -- tests/cli/test_main_job.py tests/kernel/test_cgroup.py tests/kernel/test_cgroup_user.py
PYKER_COMMAND=/usr/local/bin/pyker /opt/pyker/bin/python -m pytest -v "$@"
status=$?

echo "== a user with delegated cgroups"
cp -r examples /tmp/examples
as-tester /tmp/examples/demo.sh > /tmp/said 2>&1 || status=1
cat /tmp/said
grep -q 'memory limit  67108864' /tmp/said || status=1
grep -q 'pids limit    64' /tmp/said || status=1
exit $status
