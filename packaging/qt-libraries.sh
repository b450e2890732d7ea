#!/bin/sh
# Checks that the system libraries Qt needs on Linux are there. Installs them where that is possible without asking
# (root on a Debian-like system), else prints the one line that does. Exits 0 either way: offscreen rendering needs fewer.
set -u
[ "$(uname -s)" = Linux ] || exit 0

missing=""
have() { ldconfig -p 2>/dev/null | grep -q "$1" || /sbin/ldconfig -p 2>/dev/null | grep -q "$1"; }
need() { have "$1" || missing="$missing $2"; }
need libEGL.so.1            libegl1
need libGL.so.1             libgl1
need libxkbcommon.so.0      libxkbcommon0
need libxkbcommon-x11.so.0  libxkbcommon-x11-0
need libdbus-1.so.3         libdbus-1-3
need libfontconfig.so.1     libfontconfig1
need libxcb-cursor.so.0     libxcb-cursor0
need libxcb-icccm.so.4      libxcb-icccm4
need libxcb-image.so.0      libxcb-image0
need libxcb-keysyms.so.1    libxcb-keysyms1
need libxcb-randr.so.0      libxcb-randr0
need libxcb-render-util.so.0 libxcb-render-util0
need libxcb-shape.so.0      libxcb-shape0
need libxcb-xinerama.so.0   libxcb-xinerama0
need libxcb-xkb.so.1        libxcb-xkb1
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing system libraries for Qt:$missing"
    # shellcheck disable=SC2086
    apt-get install -y -qq $missing >/dev/null 2>&1 ||
        { apt-get update -qq >/dev/null 2>&1; apt-get install -y -qq $missing >/dev/null 2>&1; } ||
        echo "They could not be installed; the window may not open. Try: apt-get install$missing"
else
    echo "Qt needs system libraries that are missing; the window may not open. Install them with:"
    echo "    sudo apt-get install$missing"
fi
exit 0
