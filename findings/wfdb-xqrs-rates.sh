#!/usr/bin/env bash
# The R peaks that PyPI's wfdb finds, at other rates than 250 to 500 values a second.
#
# A good guess: a detector that is told the rate, as `xqrs_detect(signal, fs=rate)` is, finds the same beats of the same heart whatever the rate.
# What happens: of 24 clean beats, alike, without noise, all are found at 250, 360 and 500 values a second, on the R peak. At 1000 none is, without
# a word, and at 100 all of them are marked 60 ms too early, on the P wave's end. `gqrs_detect` finds all of them at each rate, and marks them some
# 35 ms before the R peak.
# Versions: wfdb 4.3.1, numpy 2.4.6, scipy 1.17.1, Python 3.11. Seen on 2026-11-28.
# Why users care: 1000 values a second are what hospitals' electrocardiographs write, and a model that reads what lies around a mark reads something
# else when the mark is 60 ms away.
# Needed: Python 3.11 or later with venv, and what pip needs to reach its packages.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check wfdb==4.3.1 numpy==2.4.6 scipy==1.17.1
cat >detect.py <<'PY'
import contextlib
import io

import numpy as np
from wfdb import processing

# Millivolts, centre and width in seconds from the R peak: P, Q, R, S and T.
WAVES = [(0.13, -0.16, 0.021), (-0.09, -0.03, 0.009), (1.2, 0, 0.0115), (-0.22, 0.031, 0.011), (0.27, 0.24, 0.041)]
MARKS = 0.5 + 0.8 * np.arange(24)
for rate in (100, 250, 360, 500, 1000):
    time = np.arange(0, 20, 1 / rate)
    heart = sum(height * np.exp(-0.5 * ((time[:, None] - MARKS - centre) / width) ** 2).sum(axis=1) for height, centre, width in WAVES)
    for name, detect in (("xqrs_detect", processing.xqrs_detect), ("gqrs_detect", processing.gqrs_detect)):
        with contextlib.redirect_stdout(io.StringIO()):
            found = np.asarray(detect(heart, fs=rate)) / rate
        away = [1000 * (found[np.abs(found - mark).argmin()] - mark) for mark in MARKS] if len(found) else []
        words = f"{np.median(away):+.0f} ms from the R peak" if away else "-"
        print(f"{rate:5} values a second  {name}  {len(found):2} of {len(MARKS)} beats  {words}")
PY
venv/bin/python detect.py | tee seen
expected="  100 values a second  xqrs_detect  24 of 24 beats  -60 ms from the R peak
  250 values a second  xqrs_detect  24 of 24 beats  +0 ms from the R peak
  360 values a second  xqrs_detect  24 of 24 beats  +0 ms from the R peak
  500 values a second  xqrs_detect  24 of 24 beats  +0 ms from the R peak
 1000 values a second  xqrs_detect   0 of 24 beats  -"
[ "$(grep xqrs seen)" = "$expected" ] || { echo "changed: other beats or marks than in $(basename "$0")" >&2; exit 1; }
