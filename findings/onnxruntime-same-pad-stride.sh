#!/usr/bin/env bash
# onnxruntime's Conv, MaxPool and AveragePool with `auto_pad=SAME_UPPER` and a stride that is larger than the kernel.
#
# A good guess: a window of one element with stride s takes every s-th element from the first on, whichever operator it belongs to: with
# SAME_UPPER the output has ⌈length / stride⌉ places, and there is nothing to pad.
# What happens: the formula for SAME padding gives a negative number. Conv takes it for none and gives elements 1, 4 of 6 with
# stride 3; AveragePool halves it and begins one element later, 2, 5; MaxPool loads and refuses to run, "padding values must be
# non-negative". With stride 2 Conv and AveragePool agree, and MaxPool refuses.
# Versions: onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6, Python 3.11. Seen on 2026-11-28.
# Why users care: pooling with a window of one is how strided shortcuts of residual networks are written (`MaxPooling2D(1, strides=2)`).
# One that pads as TensorFlow does either stops at the first run or reads other pixels than the convolution beside it, without a word.
# Needed: Python 3.11 or later with venv, and what pip needs to reach its packages.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat >same.py <<'PY'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

onnxruntime.set_default_logger_severity(4)
x = np.arange(1, 7, dtype=np.float32).reshape(1, 1, 6)


def run(op, inputs, stride):
    """Every element at a distance of `stride` among 1 to 6."""
    node = helper.make_node(op, inputs, ["y"], auto_pad="SAME_UPPER", kernel_shape=[1], strides=[stride])
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 1, k]) for n, k in (("x", 6), ("y", -(-6 // stride)))]
    one = numpy_helper.from_array(np.ones((1, 1, 1), np.float32), "w")
    graph = helper.make_graph([node], "same", ends[:1], ends[1:], [one] if "w" in inputs else [])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    try:
        seen = session.run(None, {"x": x})[0].ravel().astype(int).tolist()
    except Exception as error:
        seen = str(error).split(": ")[-1].strip()
    print(f"{op}, stride {stride}: {seen}")


for stride in (2, 3):
    for op, inputs in (("Conv", ["x", "w"]), ("AveragePool", ["x"]), ("MaxPool", ["x"])):
        run(op, inputs, stride)
PY
venv/bin/python same.py | tee seen
expected="Conv, stride 2: [1, 3, 5]
AveragePool, stride 2: [1, 3, 5]
MaxPool, stride 2: padding values must be non-negative
Conv, stride 3: [1, 4]
AveragePool, stride 3: [2, 5]
MaxPool, stride 3: padding values must be non-negative"
[ "$(cat seen)" = "$expected" ] || { echo "changed: other elements than in $(basename "$0")" >&2; exit 1; }
