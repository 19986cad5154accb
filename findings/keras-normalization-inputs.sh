#!/usr/bin/env bash
# Keras's export to ONNX of a model with a Normalization layer.
#
# A good guess: the mean and the variance that the layer was made with are part of the file, as weights are.
# What happens: `model.export(…, format="onnx")` writes a file without a warning, whose inputs are the model's and two more, the
# layer's mean and variance, with no value anywhere. onnxruntime refuses to run it with the model's input alone.
# Versions: keras 3.15.1, tensorflow-cpu 2.21.0, tf2onnx 1.17.0, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6, Python 3.11. Seen on
# 2026-11-28.
# Why users care: Normalization is the layer with which a Keras model standardises its own input, and the numbers that it learnt are
# lost on the way: whoever gets the file has no way to know them.
# Needed: Python 3.11 or later with venv, and what pip needs to reach its packages; a gigabyte of disk for the time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check keras==3.15.1 tensorflow-cpu==2.21.0 tf2onnx==1.17.0 onnx==1.23.2 \
    onnxruntime==1.32.0 numpy==2.4.6
cat >export.py <<'PY'
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import numpy as np
import onnx
import onnxruntime
from keras import layers

onnxruntime.set_default_logger_severity(4)
x = np.array([[1.0, 2.0]], np.float32)


def export(first):
    model = keras.Sequential([layers.Input((2,)), first, layers.Dense(1)])
    model(x)
    model.export("model.onnx", format="onnx", verbose=False)
    graph = onnx.load("model.onnx").graph
    session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
    try:
        session.run(None, {graph.input[0].name: x})
        outcome = "runs"
    except Exception as error:
        outcome = str(error).split(" (")[0]
    print(f"{type(first).__name__}: {len(graph.input)} inputs, {outcome}")


export(layers.BatchNormalization())
export(layers.Normalization(mean=[1.0, 2.0], variance=[4.0, 9.0]))
PY
venv/bin/python export.py 2>log | tee seen
expected="BatchNormalization: 1 inputs, runs
Normalization: 3 inputs, Required inputs"
[ "$(cat seen)" = "$expected" ] || { tail -n 5 log >&2; echo "changed: another export than in $(basename "$0")" >&2; exit 1; }
