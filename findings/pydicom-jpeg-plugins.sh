#!/usr/bin/env bash
# One JPEG picture in a DICOM file, by two of pydicom's decoders.
#
# A good guess: pixel_array() gives the same picture whichever of the decoders that it supports is installed, or one level of
# rounding apart.
# What happens: pylibjpeg and Pillow differ by up to several levels of 255 where colours are stored at half the width (YBR_FULL_422). With
# both installed pylibjpeg is taken, without a word.
# Versions: pydicom 3.0.2, pylibjpeg 2.1.0, pylibjpeg-libjpeg 2.5.0, Pillow 13.0.0, numpy 2.4.6, Python 3.11. Seen on 2026-11-28.
# Why users care: installing a package changes what a model reads of the same file, and a comparison with a browser (Chromium is within
# a level of Pillow) fails for no fault of either.
# Needed: Python 3.11 or later with venv, and what pip needs to reach its packages.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pydicom==3.0.2 pylibjpeg==2.1.0 pylibjpeg-libjpeg==2.5.0 pillow==13.0.0 numpy==2.4.6
cat >read.py <<'PY'
import warnings

import numpy as np
import pydicom
from pydicom.pixels import pixel_array

warnings.simplefilter("ignore")
dataset = pydicom.dcmread(pydicom.data.get_testdata_file("examples_ybr_color.dcm"))
print(dataset.file_meta.TransferSyntaxUID.name, dataset.PhotometricInterpretation)
plugins = {name: pixel_array(dataset, index=0, decoding_plugin=name).astype(int) for name in ("pylibjpeg", "pillow")}
difference = np.abs(plugins["pylibjpeg"] - plugins["pillow"])
default = pixel_array(dataset, index=0).astype(int)
taken = next(name for name, picture in plugins.items() if np.array_equal(picture, default))
print(f"largest difference: {difference.max()} of 255; taken by default: {taken}")
PY
venv/bin/python read.py | tee seen
expected="largest difference: ([2-9]|[1-9][0-9]+) of 255; taken by default: pylibjpeg"
grep -Eq "$expected" seen || { echo "changed: the decoders agree, or another is taken" >&2; exit 1; }
