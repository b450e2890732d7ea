#!/bin/sh
# One journey through the real window under a real X server (Xvfb, installed if need be and possible).
set -eu
bin=$1
if ! command -v Xvfb >/dev/null 2>&1; then
    [ "$(id -u)" = 0 ] || { echo "Xvfb is missing: sudo apt-get install xvfb"; exit 1; }
    apt-get install -y -qq xvfb >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq xvfb >/dev/null; }
fi
number=90
while [ -e "/tmp/.X$number-lock" ]; do number=$((number + 1)); done
Xvfb ":$number" -screen 0 1600x1000x24 -nolisten tcp >/dev/null 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
sleep 2
DISPLAY=":$number" QT_QPA_PLATFORM=xcb "$bin/python" -m pytest -q -m x11 -p no:cacheprovider tests/journeys
