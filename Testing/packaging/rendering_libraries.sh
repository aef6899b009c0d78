#!/bin/sh
# Makes sure that the shared libraries VTK and Qt load at import are on this machine (Linux only).
set -u
[ "$(uname -s)" = Linux ] || exit 0
needed="libegl1 libegl-mesa0 libgl1 libgl1-mesa-dri libosmesa6 libxrender1 libxcursor1 libxkbcommon0 libfontconfig1 libdbus-1-3 libglib2.0-0 cmake"
command -v dpkg-query >/dev/null 2>&1 || { echo "Not a Debian system: if VTK or Qt fail to load, install the equivalents of: $needed"; exit 0; }
missing=""
for package in $needed; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ]; then
  echo "Installing rendering libraries:$missing"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "Please install these packages first: sudo apt-get install$missing"
  exit 1
fi
