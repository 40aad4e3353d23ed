#!/bin/sh
# First process of a user-mode Linux guest: makes it a small machine, then does what it is told on its second console.
# MODS on the kernel's command line names modules to load, with commas in between. The host's files are its root, not to be written.
export PATH=/tmp/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C
mount -t proc proc /proc
mount -t sysfs sys /sys
for folder in /run /tmp /var/tmp; do mount -t tmpfs tmpfs "$folder"; done

# Modules lie where the host has them for guests; the kernel loads some by itself, and has to find them, too.
mkdir -p /tmp/bin /tmp/root/lib/modules
ln -s "/usr/lib/uml/modules/$(uname -r)" /tmp/root/lib/modules/
printf '#!/bin/sh\nexec /usr/sbin/modprobe -d /tmp/root "$@"\n' > /tmp/bin/modprobe
chmod +x /tmp/bin/modprobe
echo /tmp/bin/modprobe > /proc/sys/kernel/modprobe
for module in ipv6 $(echo "$MODS" | tr , " "); do modprobe "$module" || echo "no module $module"; done
ip link set lo up

# A line is a command. Its output comes back, and then a record separator and its exit code.
stty -F /dev/tty1 raw -echo
exec 8</dev/tty1 9>/dev/tty1
printf '\036ready\n' >&9
while read -r line <&8; do
  [ "$line" = poweroff ] && break
  ( eval "$line" ) </dev/null >&9 2>&1 8<&-
  printf '\036%d\n' $? >&9
done
echo o > /proc/sysrq-trigger
sleep 9
