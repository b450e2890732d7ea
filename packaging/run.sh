#!/bin/sh
# Opens the studio. Without a display the same main job runs headless: train the default models, sample, fill a mask, render
# the window, and leave pictures and .dgm files in out/.
set -eu
bin=$1
sh "$(dirname "$0")/qt-libraries.sh"

if [ "$(uname -s)" != Linux ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec "$bin/dgm-studio"
fi

echo "There is no display here, so the studio runs headless and leaves its results in out/."
export QT_QPA_PLATFORM=offscreen
mkdir -p out
"$bin/dgm-studio" train --data moons --family flow-matching --seconds 20 --out out/moons.dgm
"$bin/dgm-studio" sample out/moons.dgm -n 2000 --out out/moons.png
"$bin/dgm-studio" sample out/moons.dgm -n 1000 --out out/moons-path.webp
"$bin/dgm-studio" train --data digits --family diffusion --conditional --seconds 30 --out out/digits.dgm
"$bin/dgm-studio" sample out/digits.dgm -n 100 --out out/digits.png
"$bin/dgm-studio" screenshot out/moons.dgm --out out/studio-2d.png
"$bin/dgm-studio" screenshot out/digits.dgm --theme light --out out/studio-images.png
echo "Done: pictures and .dgm files are in out/. On a machine with a display the same command opens the window."
