#!/usr/bin/env bash
# What pydicom makes of the numbers of an enhanced DICOM file.
#
# A good guess: apply_modality_lut() turns stored numbers into Hounsfield units, in an enhanced CT as in a plain one, or says that it
# cannot.
# What happens: it looks for slope and intercept at the top of the data set alone. Enhanced files have them in their functional groups
# (Pixel Value Transformation, PS3.3 C.7.6.16.2.9), so the numbers come back as they are stored, without an error or a warning.
# Versions: pydicom 3.0.2, pydicom-data 1.0.0, numpy 2.4.6, Python 3.11. Seen on 2026-11-28.
# Why users care: a model that was trained on Hounsfield units reads numbers that are a thousand too high; air becomes bone.
# Needed: Python 3.11 or later with venv, and what pip needs to reach its packages.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pydicom==3.0.2 pydicom-data==1.0.0 numpy==2.4.6
cat >read.py <<'PY'
import warnings
from pathlib import Path

import data_store
import numpy as np
import pydicom
from pydicom.pixels import apply_modality_lut, pixel_array

path = next(Path(list(data_store.__path__)[0]).rglob("eCT_Supplemental.dcm"))
dataset = pydicom.dcmread(path)
stored = pixel_array(dataset, index=0)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    rescaled = apply_modality_lut(stored, dataset)
item = dataset.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence[0]
print(f"the file says: number times {float(item.RescaleSlope):g} plus {float(item.RescaleIntercept):g}, {item.RescaleType}")
print(f"warnings: {len(caught)}; numbers as they were: {np.array_equal(stored, rescaled)}")
print(f"by the group's item: from {apply_modality_lut(stored, item).min():g} to {apply_modality_lut(stored, item).max():g}")
PY
venv/bin/python read.py | tee seen
grep -q "warnings: 0; numbers as they were: True" seen || { echo "changed: the groups are looked at, or it is said that they are not" >&2; exit 1; }
