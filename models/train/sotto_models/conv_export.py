"""What the importer reads of a convolutional model: the network as ONNX, the card's template and the tables of rows."""

import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .export import IR_VERSION, OPSET, _number

#: Training rows that the importer calibrates with.
CALIBRATION_ROWS = 256


def network(task, recipe, parameters):
    """The network as a serialised ONNX graph: per layer Conv, MaxPool where there is one, Relu; at the end Flatten, Gemm."""
    shape = task.shape_of(recipe)
    sides = shape.dimensions
    nodes, value = [], "input"

    def add(kind, name, reads=(), **attributes):
        nonlocal value
        nodes.append(helper.make_node(kind, [value, *reads], [f"{name}.value"], name=name, **attributes))
        value = f"{name}.value"

    weights = {}
    for index, layer in enumerate(recipe.layers):
        name = f"conv{index + 1}"
        weights |= {f"{name}.weight": parameters[f"w{index}"], f"{name}.bias": parameters[f"b{index}"]}
        add(
            "Conv", name, (f"{name}.weight", f"{name}.bias"),
            kernel_shape=[layer.kernel] * sides, strides=[layer.stride] * sides, pads=[layer.padding] * (2 * sides),
        )
        if layer.pool > 1:
            add("MaxPool", f"{name}.pool", kernel_shape=[layer.pool] * sides, strides=[layer.pool] * sides)
        add("Relu", f"{name}.relu")
    weights |= {"dense.weight": parameters["dense.weight"], "dense.bias": parameters["dense.bias"]}
    add("Flatten", "flatten")
    add("Gemm", "dense", ("dense.weight", "dense.bias"), transB=1)
    channels, side = shape.values[0]
    graph = helper.make_graph(
        nodes,
        task.name,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", channels] + [side] * sides)],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, ["batch", shape.classes])],
        [numpy_helper.from_array(np.ascontiguousarray(w, np.float32), name) for name, w in weights.items()],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="sotto models/train"
    )
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def calibration_rows(task):
    """Rows of the training side, as many of each class as can be had up to an equal share, spread evenly over its rows."""
    chosen = []
    for label in range(len(task.classes)):
        mine = np.flatnonzero(task.train.labels == label)
        count = min(CALIBRATION_ROWS // len(task.classes), len(mine))
        chosen.append(mine[np.arange(count) * len(mine) // count])
    return task.train.take(np.sort(np.concatenate(chosen)))


def table(task, rows):
    """Rows as CSV: a column per element, `p0`, `p1`, … or `s0`, `s1`, …, then the class index as `label`."""
    letter = {"image": "p", "signal": "s"}[task.schema["kind"]]
    flat = rows.values.reshape(len(rows), -1)
    lines = [",".join([f"{letter}{k}" for k in range(flat.shape[1])] + ["label"])]
    lines += [",".join([f"{v:g}" for v in row] + [str(label)]) for row, label in zip(flat, rows.labels, strict=True)]
    return "\n".join(lines) + "\n"


def card_template(task, accuracy):
    """The card without what the importer adds: the samples' expected scores, and the fixed-point program's accuracy.

    Lists of numbers take one line each: a picture has hundreds.
    """
    card = {
        "title": task.title,
        "description": task.description,
        "task": task.task,
        "input": task.schema,
        "classes": list(task.classes),
        "domain": task.domain,
        "provenance": task.provenance,
        "licence": task.licence,
        "accuracy": accuracy,
        "samples": [{"name": name, "values": f"@{k}"} for k, (name, _) in enumerate(task.samples)],
    }
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    for k, (_, values) in enumerate(task.samples):
        text = text.replace(f'"@{k}"', json.dumps([_number(v) for v in values.ravel()]))
    return text
