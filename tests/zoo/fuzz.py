"""Random small graphs, imported by `sotto import` and compared with onnxruntime.

    python fuzz.py --sotto ../../target/debug/sotto --count 1000 [--seed 1]
    python fuzz.py --quantised --count 300
    python fuzz.py --save ../../crates/nn/tests/graphs --count 60

With `--save`, files and what onnxruntime makes of some rows are written instead, for a test that needs no Python.
"""

import argparse
import collections
import json
import os
import re
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import quantization

from entry import Entry
from zoo import CALIBRATION, imported, made_rows

# What a program cannot do, and no random graph is wrong for.
REFUSALS = "|".join([
    r"in an order \(transposed", "lies in the padding whole", "so that a window is empty", "has no elements", "computes nothing",
    "no valid program at these widths",
])  # fmt: skip
MOST = 4096
# Widths of weights and activations, so that what differs by more than the zoo's tolerance is not their rounding.
BITS = 20


class Net:
    """A graph that grows by random operators. Values have a batch of 1."""

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)
        self.opset = int(self.rng.integers(11, 22))
        self.nodes, self.stored = [], []
        self.shapes = {}
        shape = (1, self.any(1, 4), self.any(4, 9), self.any(4, 9)) if self.rng.random() < 0.7 else (1, self.any(2, 7), self.any(6, 16))
        self.shapes["x"] = shape
        self.last = "x"

    def any(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def pick(self, *options):
        return options[self.any(0, len(options) - 1)]

    def store(self, values, kind=np.float32):
        name = f"w{len(self.stored)}"
        self.stored.append(numpy_helper.from_array(np.asarray(values, kind), name))
        return name

    def weights(self, shape, size=1.0):
        return self.store(self.rng.normal(0, size, shape))

    @property
    def shape(self):
        return self.shapes[self.last]

    def add(self, op, inputs, outputs=1, **attributes):
        names = [f"v{len(self.nodes)}_{k}" for k in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, **attributes))
        return names

    def step(self):
        """One more operator, if it makes a value of a good size."""
        before, stored, last = len(self.nodes), len(self.stored), self.last
        # What moves the elements of the input itself would change the card's order.
        choices = FIRST if last == "x" else MAPS + ANY if len(self.shape) > 2 else ANY + FLAT
        name = self.pick(*choices)(self)
        try:
            shapes = self.inferred(name)
            good = 0 < np.prod(shapes[name]) <= MOST and all(n > 0 for n in shapes[name]) and shapes[name][0] == 1 and len(shapes[name]) > 1
        except Exception:  # onnx says in many ways that a graph cannot be.
            good = False
        if good:
            self.shapes[name], self.last = shapes[name], name
        else:
            self.nodes, self.stored, self.last = self.nodes[:before], self.stored[:stored], last

    def keep(self, name):
        self.shapes[name], self.last = self.inferred(name)[name], name

    def inferred(self, output):
        model = onnx.shape_inference.infer_shapes(self.model(output), strict_mode=True, data_prop=True)
        infos = [*model.graph.value_info, *model.graph.output]
        return {i.name: tuple(d.dim_value for d in i.type.tensor_type.shape.dim) for i in infos}

    def model(self, output):
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, self.shapes["x"])
        y = helper.make_tensor_value_info(output, TensorProto.FLOAT, None)
        graph = helper.make_graph(self.nodes, "random", [x], [y], self.stored)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)

    def axes(self, values):
        return self.store(values, np.int64)


def window(net, kernel_of):
    """Random attributes of a window."""
    dims = net.shape[2:]
    kernel = [net.any(1, min(kernel_of, d)) for d in dims]
    attributes = {"kernel_shape": kernel, "strides": [net.any(1, 3) for _ in dims]}
    mode = net.pick("NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID")
    if mode.startswith("SAME"):
        # With larger strides padding would be negative, and onnxruntime's operators do not agree on what that is.
        attributes["strides"] = [min(pair) for pair in zip(kernel, attributes["strides"])]
    if mode == "NOTSET":
        attributes["pads"] = [net.any(0, k - 1) for k in kernel * 2]
    else:
        attributes["auto_pad"] = mode
    return attributes


def conv(net):
    channels, groups = net.shape[1], 1
    if net.rng.random() < 0.3:
        groups = net.pick(*[g for g in range(1, channels + 1) if channels % g == 0])
    outputs, attributes = groups * net.any(1, 3), window(net, 3)
    if "pads" in attributes and net.rng.random() < 0.3:
        attributes["dilations"] = [net.any(1, 2) for _ in net.shape[2:]]
    shape = (outputs, channels // groups, *attributes["kernel_shape"])
    inputs = [net.last, net.weights(shape, 1 / np.sqrt(np.prod(shape[1:])))]
    inputs += [net.weights(outputs, 0.3)] * net.any(0, 1)
    return net.add("Conv", inputs, group=groups, **attributes)[0]


def pool(net):
    attributes = window(net, 3)
    op = net.pick("MaxPool", "AveragePool")
    if "pads" in attributes:
        attributes["ceil_mode"] = net.any(0, 1)
    # With both of these onnxruntime had divisors of its own in several versions.
    if op == "AveragePool" and not attributes.get("ceil_mode"):
        attributes["count_include_pad"] = net.any(0, 1)
    return net.add(op, [net.last], **attributes)[0]


def global_pool(net):
    return net.add(net.pick("GlobalAveragePool", "GlobalMaxPool"), [net.last])[0]


def norm(net):
    channels = net.shape[1]
    positive = net.store(net.rng.uniform(0.3, 2, channels))
    return net.add("BatchNormalization", [net.last, net.weights(channels), net.weights(channels, 0.3), net.weights(channels, 0.3), positive])[0]


def prelu(net):
    return net.add("PRelu", [net.last, net.store(net.rng.uniform(-0.5, 1.5, (net.shape[1], *[1] * (len(net.shape) - 2))))])[0]


def activation(net):
    op, attributes = net.pick(
        ("Relu", {}), ("Relu", {}), ("Relu", {}), ("Abs", {}), ("Neg", {}), ("LeakyRelu", {"alpha": 0.1}),
        ("HardSigmoid", {"alpha": 0.3, "beta": 0.4}), ("Identity", {}),
    )  # fmt: skip
    return net.add(op, [net.last], **attributes)[0]


def clip(net):
    low, high = net.pick((0, 6), (-1, 1), (0.5, 2), (-2, None), (None, 1.5))
    bound = lambda value: "" if value is None else net.store(value)  # noqa: E731
    return net.add("Clip", [net.last, bound(low), bound(high)])[0]


def constant(net):
    """Arithmetic with a stored tensor, of one number, one for each channel, or one for each element."""
    shape = net.pick((), (net.shape[1], *[1] * (len(net.shape) - 2)), net.shape)
    op, size = net.pick("Add", "Sub", "Mul", "Div", "Max", "Min"), 0.5
    values = net.rng.normal(0, size, shape)
    if op == "Div":
        values = np.sign(values) * (np.abs(values) + 0.5)
    inputs = [net.last, net.store(values)]
    if op in ("Add", "Sub", "Mul") and net.any(0, 1):
        inputs.reverse()
    return net.add(op, inputs)[0]


def earlier(net):
    """A sum or a larger one of two values of one shape."""
    others = [name for name, shape in net.shapes.items() if shape == net.shape]
    return net.add(net.pick("Add", "Add", "Sub", "Sum", "Max", "Min", "Mean"), [net.last, net.pick(*others)])[0]


def concat(net):
    rank = len(net.shape)
    axis = 1 if net.rng.random() < 0.7 else net.any(1, rank - 1)
    fits = lambda s: len(s) == rank and all(i == axis or a == b for i, (a, b) in enumerate(zip(s, net.shape)))  # noqa: E731
    others = [name for name, shape in net.shapes.items() if fits(shape)]
    return net.add("Concat", [net.last, net.pick(*others)], axis=axis)[0]


def cut(net):
    axis = net.any(1, len(net.shape) - 1)
    extent = net.shape[axis]
    start, step = net.any(0, extent - 1), net.pick(1, 1, 2, -1)
    end = net.any(start + 1, extent) if step > 0 else -(extent + 1)
    return net.add("Slice", [net.last, *map(net.axes, ([start], [end], [axis], [step]))])[0]


def gather(net):
    extent = net.shape[1]
    return net.add("Gather", [net.last, net.axes(net.rng.permutation(extent)[: net.any(1, extent)])], axis=1)[0]


def pad(net):
    rank = len(net.shape)
    pads = np.zeros(2 * rank, int)
    for _ in range(net.any(1, 2)):
        pads[net.any(0, 1) * rank + net.any(1, rank - 1)] = net.any(0, 2)
    return net.add("Pad", [net.last, net.axes(pads), net.store(net.pick(0.0, 0.0, 0.7))])[0]


def shuffle(net):
    channels = net.shape[1]
    groups = net.pick(*[g for g in range(1, channels + 1) if channels % g == 0])
    split = net.add("Reshape", [net.last, net.axes([1, groups, channels // groups, *net.shape[2:]])])
    turned = net.add("Transpose", split, perm=[0, 2, 1, *range(3, len(net.shape) + 1)])
    return net.add("Reshape", [*turned, net.axes(net.shape)])[0]


def transpose(net):
    axes = [0, *(1 + net.rng.permutation(len(net.shape) - 1))]
    return net.add("Transpose", [net.last], perm=[int(a) for a in axes])[0]


def split(net):
    first = net.any(1, max(1, net.shape[1] - 1))
    outputs = net.add("Split", [net.last, net.axes([first, net.shape[1] - first])], 2, axis=1) if net.opset >= 13 else None
    return outputs[net.any(0, 1)] if outputs else net.add("Identity", [net.last])[0]


def reduce(net):
    axes = sorted({net.any(1, len(net.shape) - 1) for _ in range(2)})
    op, keep = net.pick("ReduceMean", "ReduceMax", "ReduceSum", "ReduceMin"), net.any(0, 1)
    as_input = net.opset >= 18 or (op == "ReduceSum" and net.opset >= 13)
    if as_input:
        return net.add(op, [net.last, net.axes(axes)], keepdims=keep)[0]
    return net.add(op, [net.last], axes=axes, keepdims=keep)[0]


def flatten(net):
    return net.add("Flatten", [net.last])[0]


def dense(net):
    if len(net.shape) != 2:
        return matmul(net)
    outputs, inputs = net.any(1, 6), net.shape[1]
    weight = net.weights((outputs, inputs), 1 / np.sqrt(inputs))
    return net.add("Gemm", [net.last, weight, net.weights(outputs, 0.3)], transB=1, alpha=net.pick(1.0, 0.7))[0]


def matmul(net):
    inputs = net.shape[-1]
    return net.add("MatMul", [net.last, net.weights((inputs, net.any(1, 6)), 1 / np.sqrt(inputs))])[0]


ANY = [activation, activation, constant, constant, earlier, concat, cut, gather, matmul, prelu, clip]
MAPS = [conv, conv, conv, conv, norm, norm, pool, pool, pad, shuffle, transpose, split, reduce, global_pool, flatten]
FLAT = [dense, dense]
FIRST = [conv, clip]


def made(seed: int):
    """A random model, with how it grew and the shape of `x` without the batch."""
    onnxruntime.set_default_logger_severity(4)
    net = Net(seed)
    for _ in range(net.any(2, 9)):
        net.step()
    if net.last == "x":
        net.keep(net.add("Relu", ["x"])[0])
    if len(net.shape) != 2 or net.shape[1] > 64:
        net.keep(flatten(net))
        net.keep(dense(net))
    if net.shape[1] < 2:
        # A card has two classes.
        net.keep(net.add("Concat", [net.last, net.last], axis=1)[0])
    return net, net.model(net.last), net.shapes["x"][1:]


def right(net, model, rows):
    """Scores of rows. With `net` it raises an error where onnx infers other shapes than onnxruntime has, as for some pools with ceil_mode."""
    if net:
        every = onnx.ModelProto()
        every.CopyFrom(model)
        names = [name for node in model.graph.node for name in node.output if name in net.shapes]
        every.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
        values = onnxruntime.InferenceSession(every.SerializeToString(), providers=["CPUExecutionProvider"])
        for name, value in zip(names, values.run(names, {"x": rows[:1]})):
            if value.shape != net.shapes[name]:
                raise ValueError(f"{name} is inferred as {net.shapes[name]}, and has the shape {value.shape}")
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return [session.run(None, {"x": row[None]})[0].ravel().astype(np.float64) for row in rows]


class Rows(quantization.CalibrationDataReader):
    def __init__(self, rows):
        self.rows = iter([{"x": row[None]} for row in rows])

    def get_next(self):
        return next(self.rows, None)


def quantised(net, model, rows, folder: str):
    """The same model after onnxruntime's static quantisation, in any of its ways."""
    source, to = os.path.join(folder, "float.onnx"), os.path.join(folder, "quantised.onnx")
    onnx.save(model, source)
    types = quantization.QuantType
    quantization.quantize_static(
        source, to, Rows(rows), quant_format=net.pick(quantization.QuantFormat.QDQ, quantization.QuantFormat.QOperator),
        per_channel=bool(net.any(0, 1)), activation_type=net.pick(types.QUInt8, types.QInt8), weight_type=types.QInt8,
    )  # fmt: skip
    return onnx.load(to)


def compared(seed: int, folder: str, args):
    """Outcome and reason of one graph."""
    net, model, shape = made(seed)
    bits = 8 if args.quantised else 16
    entry = Entry(f"seed-{seed}", "random", "fuzz", None, shape, widths=BITS, bits=bits)
    path = os.path.join(folder, "model.onnx")
    try:
        scores = right(net, model, made_rows(entry))
        if args.quantised:
            model = quantised(net, model, made_rows(entry), folder)
            scores = right(None, model, made_rows(entry))
        onnx.save(model, path)
    except Exception as error:  # onnx's own inference of shapes lets files pass that onnxruntime refuses.
        return "no oracle", f"{type(error).__name__}: {error}"
    scores = np.stack(scores)
    good, reason = imported(entry, path, args.sotto, (scores, None, 1))
    if good:
        return "same", reason
    # A network of which nothing of the input is left, as behind a clip whose end is always reached.
    if "WRONG" in reason and np.ptp(scores[CALIBRATION:], axis=0).max() <= 0.02 * np.abs(scores).max():
        return "constant", reason
    return ("refused", reason) if re.search(REFUSALS, reason) else ("different", reason)


def saved(seed: int, folder: str):
    """Writes a file, and what onnxruntime computes of two rows."""
    net, model, shape = made(seed)
    # Numbers of few digits.
    rows = (np.rint(np.random.default_rng(seed).normal(size=(2, *shape)) * 16) / 16).astype(np.float32)
    try:
        scores = [[float(f"{score:.7g}") for score in scores] for scores in right(net, model, rows)]
    except Exception:  # As above.
        return
    onnx.save(model, os.path.join(folder, f"{seed:03}.onnx"))
    with open(os.path.join(folder, f"{seed:03}.json"), "w") as file:
        json.dump({"rows": [row.ravel().tolist() for row in rows], "scores": scores}, file)
        file.write("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sotto", default="../../target/debug/sotto", help="the command")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="of the first graph")
    parser.add_argument("--quantised", action="store_true", help="quantise each graph first")
    parser.add_argument("--save", help="folder for files with right scores, made if need be")
    args = parser.parse_args()
    counts = collections.Counter()
    if args.save:
        os.makedirs(args.save, exist_ok=True)
    for seed in range(args.seed, args.seed + args.count):
        if args.save:
            saved(seed, args.save)
            continue
        with tempfile.TemporaryDirectory() as folder:
            outcome, reason = compared(seed, folder, args)
        counts[outcome] += 1
        if outcome in ("different", "refused"):
            print(f"seed {seed}: {outcome}: {reason[:300]}", flush=True)
    print(dict(counts))
    sys.exit(1 if counts["different"] else 0)


if __name__ == "__main__":
    main()
