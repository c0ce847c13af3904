#!/bin/sh
# Saves a whole home: deploy/backup.sh FOLDER (TENURE_HOME names the home). Waits for a refresh that is at work, stops
# the services meanwhile, compares the copy with the home, and only then gives it its name.
set -eu
umask 077
home="${TENURE_HOME:?set TENURE_HOME to the home that is to be saved}"
folder="${1:?usage: TENURE_HOME=HOME deploy/backup.sh FOLDER}"
services="tenure-daemon tenure-webserver"

[ -d "$home/lake" ] || { echo "$home holds no lake: nothing was saved" >&2; exit 2; }
mkdir -p "$folder"
name="$folder/tenure-$(date -u +%Y-%m-%dT%H%M%SZ).tar"

# The refresh's own lock, so that no refresh writes while files are read.
exec 9<>"$home/refresh.lock"
flock --wait 7200 9 || { echo "a refresh was at work for two hours: nothing was saved" >&2; exit 4; }

running=""
if command -v systemctl >/dev/null; then
    for service in $services; do
        if systemctl is-active --quiet "$service" 2>/dev/null; then running="$running $service"; fi
    done
fi
finish() {
    rm -f "$name.part"
    # shellcheck disable=SC2086  # a list of names
    [ -z "$running" ] || systemctl start $running
}
trap finish EXIT
# shellcheck disable=SC2086
[ -z "$running" ] || systemctl stop $running

tar --create --file "$name.part" --directory "$home" --exclude=./builds --exclude=./refresh.lock .
tar --compare --file "$name.part" --directory "$home"
(cd "$folder" && sha256sum "$(basename "$name").part") | sed 's/\.part$//' >"$name.sha256"
sync "$name.part" "$name.sha256"
mv "$name.part" "$name"
echo "$name"
