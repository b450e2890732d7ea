#!/bin/sh
# Installs what tests open figures with, an SVG and a PDF renderer, where that is possible without asking (root on a
# Debian-like system). Exits 0 either way: tests that need one say that it is not there.
set -u
missing=""
command -v rsvg-convert >/dev/null 2>&1 || missing="$missing librsvg2-bin"
command -v pdftoppm >/dev/null 2>&1 || missing="$missing poppler-utils"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    # shellcheck disable=SC2086
    apt-get install -y -qq $missing >/dev/null 2>&1 ||
        { apt-get update -qq >/dev/null 2>&1; apt-get install -y -qq $missing >/dev/null 2>&1; } ||
        echo "These could not be installed, so tests that need them are left out:$missing"
fi
exit 0
