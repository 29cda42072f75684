#!/bin/sh
# units.sh <user id>…: the units of the machine, then systemd itself. Only these: none of the distribution's own boot runs.
set -eu
mkdir -p /etc/machine-units
cd /etc/machine-units
for each in sysinit basic shutdown; do printf '[Unit]\nDefaultDependencies=no\n' >$each.target; done
cp /lib/systemd/system/dbus.service /lib/systemd/system/dbus.socket .
cat >journald.service <<'U'
[Unit]
DefaultDependencies=no
Requires=journald.socket
[Service]
Type=notify
ExecStart=/lib/systemd/systemd-journald
Restart=always
Sockets=journald.socket
U
cat >journald.socket <<'U'
[Unit]
DefaultDependencies=no
[Socket]
ListenDatagram=/run/systemd/journal/socket
ListenStream=/run/systemd/journal/stdout
SocketMode=0666
Service=journald.service
U
cat >manager@.service <<'U'
[Service]
Type=notify
User=%i
ExecStartPre=+install -d -o %i -m 700 /run/user/%i
Environment=XDG_RUNTIME_DIR=/run/user/%i
ExecStart=/lib/systemd/systemd --user
Delegate=yes
U
wants='journald.socket journald.service dbus.socket'
for id in "$@"; do wants="$wants manager@$id.service"; done
printf '[Unit]\nWants=%s\nAfter=%s\n' "$wants" "$wants" >machine.target
mkdir -p /run/log/journal /run/systemd/journal
printf '[Journal]\nStorage=volatile\nForwardToSyslog=no\n' >/etc/systemd/journald.conf
export container=other SYSTEMD_UNIT_PATH=/etc/machine-units:/etc/systemd/system SYSTEMD_PROC_CMDLINE=
exec /lib/systemd/systemd --system --unit=machine.target --log-target=console --log-level=warning --show-status=0
