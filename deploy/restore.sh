#!/bin/sh
# Brings a saved home back: deploy/restore.sh FILE.tar (TENURE_HOME names the home, which must be empty or not there).
set -eu
home="${TENURE_HOME:?set TENURE_HOME to the home that is to be made}"
file="${1:?usage: TENURE_HOME=HOME deploy/restore.sh FILE.tar}"

if [ -d "$home" ] && [ -n "$(ls -A "$home")" ]; then
    echo "$home is not empty: nothing was restored; move what is there away first" >&2
    exit 2
fi
(cd "$(dirname "$file")" && sha256sum --check --quiet "$(basename "$file").sha256")
mkdir -p "$home"
tar --extract --file "$file" --directory "$home" --preserve-permissions --same-owner
echo "$home is restored. Next: tenure doctor --deep --home $home"
