#!/usr/bin/env bash
# Pillow's Image.resize of a tall picture in version 12.3.0 and in version 13.0.0.
#
# A good guess: the same picture, size and filter give the same pixels in both, as they did for years; if anything moves, by a level.
# What happens: 13.0.0 shrinks the rows before the columns where the height shrinks by more than twice what the width does,
# else columns first as ever. Pixels are rounded to 8 bits and clipped between the two passes, so a picture of 90 × 1200 pixels that is
# stretched to 224 × 224 differs by up to 13 levels with Lanczos' filter, by 1 with the bilinear one. A picture of 640 × 480 stays the same.
# Versions: Pillow 12.3.0 and 13.0.0, numpy 2.4.6, Python 3.11. Seen on 2026-11-28.
# Why users care: networks get their input from it (torchvision, timm, Keras), in training with one version and in use with another; tests
# that compare pixels, and programs in other languages that promise the same pixels, hold for some shapes of pictures only.
# Needed: Python 3.11 or later with venv, and what pip needs to reach its packages.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
for version in 12.3.0 13.0.0; do
    venv/bin/pip install --quiet --disable-pip-version-check --target "$version" "pillow==$version" numpy==2.4.6
done
cat >resize.py <<'PY'
import sys

sys.path.insert(0, sys.argv[1])
import numpy as np
from PIL import Image

for width, height in ((90, 1200), (640, 480)):
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    for name in ("BILINEAR", "BICUBIC", "LANCZOS"):
        small = Image.fromarray(noise).resize((224, 224), Image.Resampling[name])
        np.save(f"{sys.argv[1]}/{width}-{name}.npy", np.asarray(small))
PY
cat >compare.py <<'PY'
import sys

sys.path.insert(0, "13.0.0")
import numpy as np

for size in ("90 × 1200", "640 × 480"):
    for name in ("BILINEAR", "BICUBIC", "LANCZOS"):
        old, new = (np.load(f"{v}/{size.split()[0]}-{name}.npy").astype(int) for v in ("12.3.0", "13.0.0"))
        apart = abs(old - new)
        print(f"{size}, {name}: up to {apart.max()} levels, {100 * (apart > 0).mean():.0f} % of them")
PY
for version in 12.3.0 13.0.0; do venv/bin/python resize.py "$version"; done
venv/bin/python compare.py | tee seen
expected="90 × 1200, BILINEAR: up to 1 levels, 21 % of them
90 × 1200, BICUBIC: up to 6 levels, 27 % of them
90 × 1200, LANCZOS: up to 13 levels, 38 % of them
640 × 480, BILINEAR: up to 0 levels, 0 % of them
640 × 480, BICUBIC: up to 0 levels, 0 % of them
640 × 480, LANCZOS: up to 0 levels, 0 % of them"
[ "$(cat seen)" = "$expected" ] || { echo "changed: other differences than in $(basename "$0")" >&2; exit 1; }
