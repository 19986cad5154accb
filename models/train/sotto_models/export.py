"""What the importer reads: the network as ONNX, the card's template and the tables of rows."""

import csv
import io
import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

OPSET = 13
IR_VERSION = 8

#: Held-out samples of each class in the card, beside the borderline one and the errors.
TYPICAL_SAMPLES = 3


def network(task, batch):
    """The first model of `batch` as a serialised ONNX graph: Gemm, Relu, Gemm; standardised inputs to one logit per class."""
    w1, b1, w2, b2 = (t[0].astype(np.float32) for t in batch.tensors)
    weights = {"hidden.weight": w1.T, "hidden.bias": b1[0], "output.weight": w2.T, "output.bias": b2[0]}
    nodes = [
        helper.make_node("Gemm", ["input", "hidden.weight", "hidden.bias"], ["hidden.sum"], name="hidden", transB=1),
        helper.make_node("Relu", ["hidden.sum"], ["hidden.value"], name="hidden.relu"),
        helper.make_node("Gemm", ["hidden.value", "output.weight", "output.bias"], ["logits"], name="output", transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        task.name,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", w1.shape[0]])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", w2.shape[1]])],
        [numpy_helper.from_array(np.ascontiguousarray(w), name) for name, w in weights.items()],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="sotto models/train"
    )
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def run_network(serialised, x):
    """Logits of the serialised graph by ONNX's own reference evaluator."""
    return ReferenceEvaluator(onnx.load_model_from_string(serialised)).run(None, {"input": x.astype(np.float32)})[0]


def table(task, index):
    """The rows of `index` as CSV: a column per field, then the class index as `label`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f.name for f in task.fields] + ["label"])
    for i in index:
        writer.writerow([_number(v) for v in task.rows[i]] + [int(task.labels[i])])
    return out.getvalue()


def card_template(task, standard, train, accuracy, samples):
    """The card without what the importer adds: the samples' expected scores, and the fixed-point program's accuracy."""
    examples = np.median(task.rows[train], axis=0)
    card = {
        "title": task.title,
        "description": task.description,
        "task": task.task,
        "input": {
            "kind": "fields",
            "fields": [
                _field(f, offset, scale, example)
                for f, offset, scale, example in zip(task.fields, standard.offset, standard.scale, examples, strict=True)
            ],
        },
        "classes": list(task.classes),
        "provenance": task.provenance,
        "licence": task.licence,
        "accuracy": accuracy,
        "samples": samples,
    }
    return json.dumps(card, indent=2, ensure_ascii=False) + "\n"


def _field(f, offset, scale, example):
    entry = {
        "name": f.name,
        "label": f.label,
        "unit": f.unit,
        "min": _number(f.minimum),
        "max": _number(f.maximum),
        "step": _number(f.step),
        "offset": _number(offset),
        "scale": _number(scale),
        # The median may fall between two steps of the form.
        "example": _number(round(round(example / f.step) * f.step, 9)),
        "help": f.help,
    }
    if f.choices:
        entry["choices"] = [{"value": value, "label": label} for value, label in enumerate(f.choices)]
    return entry


def pick_samples(task, test, logits):
    """Held-out rows for the card: typical ones of each class, the closest call, and an error per class where there is one.

    Typical are the rows that the model gets right, by even steps through their margins. Chosen by rule, not by eye.
    """
    margin = logits[:, 1] - logits[:, 0]
    right = (margin > 0) == (task.labels[test] == 1)
    closest = int(np.abs(margin).argmin())
    picked = {closest: "a close call"}
    for label in range(len(task.classes)):
        mine = [k for k in np.argsort(np.abs(margin), kind="stable") if task.labels[test[k]] == label and k != closest]
        good = [int(k) for k in mine if right[k]]
        wrong = [int(k) for k in mine if not right[k]]
        for share in (np.arange(TYPICAL_SAMPLES) + 0.5) / TYPICAL_SAMPLES:
            picked[good[int(share * len(good))]] = ""
        if wrong:
            picked[wrong[-1]] = "the model errs"
    return [_sample(task, test[k], remark) for k, remark in sorted(picked.items())]


def _sample(task, row, remark):
    label = int(task.labels[row])
    name = f"Patient {task.row_numbers[row]}: {task.classes[label]}"
    if remark:
        name += f", {remark}"
    return {"name": name, "values": [_number(v) for v in task.rows[row]], "label": label}


def _number(value):
    """A whole number without its `.0`, everything else in its shortest exact form."""
    value = float(value)
    return int(value) if value.is_integer() else value
