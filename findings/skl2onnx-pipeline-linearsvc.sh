#!/usr/bin/env bash
# skl2onnx's `to_onnx` of a scikit-learn pipeline that ends in LinearSVC.
#
# A good guess: a pipeline converts where its last step alone does, and with no options given none can be wrong; as it is for
# pipelines that end in LogisticRegression, RidgeClassifier or Perceptron.
# What happens: LinearSVC alone converts. With a step before it, `to_onnx(model, X[:1])` raises NameError: Option 'zipmap' is not
# among those of LinearSVC, though nobody gave one: for a pipeline the converter sets it on the last step by itself. Any option that
# LinearSVC does know, such as raw_scores, given for that step by its `id`, makes it convert.
# Versions: skl2onnx 1.20.0, scikit-learn 1.9.1, onnx 1.23.2, Python 3.11. Seen on 2026-11-28.
# Why users care: a scaler before a linear support vector machine is the textbook form of it, and the message names an option that is
# nowhere in their code.
# Needed: Python 3.11 or later with venv, and what pip needs to reach its packages.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check skl2onnx==1.20.0 scikit-learn==1.9.1 onnx==1.23.2
cat >convert.py <<'PY'
import warnings

import numpy as np
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

warnings.simplefilter("ignore")
x = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
y = (x[:, 0] > 0).astype(int)


def convert(name, model, options=lambda model: None):
    model.fit(x, y)
    try:
        to_onnx(model, x[:1], options=options(model))
        print(f"{name}: converted")
    except NameError as error:
        print(f"{name}: NameError: {str(error)[:15]}")


convert("LinearSVC", LinearSVC())
for last in (LogisticRegression(), RidgeClassifier(), LinearSVC()):
    convert(f"scaler, {type(last).__name__}", make_pipeline(StandardScaler(), last))
scores = lambda model: {id(model.steps[-1][1]): {"raw_scores": True}}
convert("scaler, LinearSVC, raw_scores", make_pipeline(StandardScaler(), LinearSVC()), scores)
PY
venv/bin/python convert.py | tee seen
expected="LinearSVC: converted
scaler, LogisticRegression: converted
scaler, RidgeClassifier: converted
scaler, LinearSVC: NameError: Option 'zipmap'
scaler, LinearSVC, raw_scores: converted"
[ "$(cat seen)" = "$expected" ] || { echo "changed: other conversions than in $(basename "$0")" >&2; exit 1; }
