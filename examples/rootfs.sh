#!/bin/sh
# Write the root file system of a small image to stdout, as a tar: Debian's static busybox, every applet as a link to
# it, and the few files a program expects. Usage: examples/rootfs.sh | pyker import - NAME
set -eu
busybox=$(command -v busybox)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
cd "$root"
mkdir -p bin dev etc home/user proc root run sys tmp usr/bin var/tmp
chmod 755 .
chmod 700 root
chmod 1777 tmp var/tmp
cp "$busybox" bin/busybox
chmod 755 bin/busybox
for applet in $(./bin/busybox --list); do
    [ "$applet" = busybox ] || ln -s busybox "bin/$applet"
done
ln -s /bin/env usr/bin/env
cat > etc/passwd <<'PASSWD'
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
user:x:1000:1000:An ordinary user:/home/user:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
PASSWD
cat > etc/group <<'GROUP'
root:x:0:
daemon:x:1:
tape:x:26:user
user:x:1000:
nogroup:x:65534:
GROUP
printf 'NAME="pyker demo"\nID=pyker-demo\n' > etc/os-release
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -cf - .
