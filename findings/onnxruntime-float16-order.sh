#!/usr/bin/env bash
# onnxruntime's converter to float16, and the order of a graph's nodes.
#
# A good guess: a converter turns a valid ONNX model into a valid one; ONNX wants every node behind those that it reads.
# What happens: with `keep_io_types=True` the casts of the inputs and outputs come last in the list of nodes. onnx.checker refuses the
# result of a model that it accepted; onnxruntime itself sorts nodes when it loads a file, and runs it.
# Versions: onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6, Python 3.11. Seen on 2026-11-28.
# Why users care: `keep_io_types=True` is how a network is halved without a change to its callers. A reader that walks the nodes in their
# order, as the specification allows, meets a name that does not exist yet.
# Needed: Python 3.11 or later with venv, and what pip needs to reach its packages.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat >halve.py <<'PY'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.transformers.float16 import convert_float_to_float16

graph = helper.make_graph(
    [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Relu", ["h"], ["y"])],
    "small",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])],
    [numpy_helper.from_array(np.ones((4, 3), np.float32), "w")],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def checked(model):
    try:
        onnx.checker.check_model(model)
        return "valid"
    except onnx.checker.ValidationError as error:
        return str(error)[:48]


print("before:", [node.op_type for node in model.graph.node], checked(model))
halved = convert_float_to_float16(model, keep_io_types=True)
print("after:", [node.op_type for node in halved.graph.node], checked(halved))
output = onnxruntime.InferenceSession(halved.SerializeToString()).run(None, {"x": np.ones((1, 4), np.float32)})
print("onnxruntime:", output[0].tolist())
PY
venv/bin/python halve.py | tee seen
expected="before: ['MatMul', 'Relu'] valid
after: ['MatMul', 'Relu', 'Cast', 'Cast'] Nodes in a graph must be topologically sorted, h
onnxruntime: [[4.0, 4.0, 4.0]]"
[ "$(cat seen)" = "$expected" ] || { echo "changed: another order or answer than in $(basename "$0")" >&2; exit 1; }
