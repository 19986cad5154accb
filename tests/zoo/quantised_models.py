"""Files of onnxruntime's quantiser and of smaller number types: 15 entries."""

import os
import tempfile

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from onnxruntime import quantization as Q

from entry import Entry
from torch_models import Mlp, Residual, conv_block, ended, res_net, settled, write

MODELS = {
    "mlp": (Mlp, (20,)),
    "cnn": (lambda: ended(16, conv_block(3, 8), torch.nn.MaxPool2d(2), conv_block(8, 16)), (3, 16, 16)),
    "residual": (lambda: ended(8, conv_block(3, 8), Residual(8, 8, 1)), (3, 12, 12)),
    "option-a": (lambda: res_net(True), (3, 16, 16)),
}
U8, S8 = Q.QuantType.QUInt8, Q.QuantType.QInt8


class Rows(Q.CalibrationDataReader):
    def __init__(self, shape):
        rng = np.random.default_rng(8)
        self.rows = iter([{"x": rng.uniform(-2, 2, (1, *shape)).astype(np.float32)} for _ in range(16)])

    def get_next(self):
        return next(self.rows, None)


def floating(model, path):
    make, shape = MODELS[model]
    torch.manual_seed(9)
    torch.onnx.export(
        settled(make()), (torch.zeros(1, *shape),), path, dynamo=False, opset_version=17, input_names=["x"]
    )


def static(model, form, per_channel, activations, weights):
    def write_to(source, path):
        Q.quantize_static(
            source, path, Rows(MODELS[model][1]), quant_format=form, per_channel=per_channel,
            activation_type=activations, weight_type=weights,
        )  # fmt: skip

    return write_to


def dynamic(source, path):
    Q.quantize_dynamic(source, path)


def half(source, path):
    from onnxruntime.transformers.float16 import convert_float_to_float16

    onnx.save(convert_float_to_float16(onnx.load(source), keep_io_types=True), path)


def weights_only(per_channel):
    """Stored weights become int8 behind a DequantizeLinear, activations stay."""

    def write_to(source, path):
        model = onnx.load(source)
        graph, changed = model.graph, []
        for tensor in list(graph.initializer):
            values = numpy_helper.to_array(tensor)
            if values.ndim < 2:
                continue
            name, axes = tensor.name, tuple(range(1, values.ndim)) if per_channel else None
            scale = np.abs(values).max(axis=axes).astype(np.float32) / 127
            spread = scale.reshape(-1, *[1] * (values.ndim - 1)) if per_channel else scale
            graph.initializer.remove(tensor)
            graph.initializer.extend([
                numpy_helper.from_array(np.rint(values / spread).astype(np.int8), name + "_q"),
                numpy_helper.from_array(scale, name + "_s"),
            ])  # fmt: skip
            attributes = {"axis": 0} if per_channel else {}
            changed.append(onnx.helper.make_node("DequantizeLinear", [name + "_q", name + "_s"], [name], **attributes))
        nodes = changed + list(graph.node)
        del graph.node[:]
        graph.node.extend(nodes)
        onnx.save(model, path)

    return write_to


QDQ, OPERATOR = Q.QuantFormat.QDQ, Q.QuantFormat.QOperator
DYNAMIC = "dynamic|export .*static|floating-point model"
# Name, model, what writes it, pattern of the reason for a refusal.
QUANTISED = [
    ("qdq-u8s8", "mlp", static("mlp", QDQ, False, U8, S8), None),
    ("qdq-s8s8", "cnn", static("cnn", QDQ, False, S8, S8), None),
    ("qdq-u8u8", "cnn", static("cnn", QDQ, False, U8, U8), None),
    ("qdq-channel-s8s8", "cnn", static("cnn", QDQ, True, S8, S8), None),
    ("qdq-channel-u8s8", "residual", static("residual", QDQ, True, U8, S8), None),
    ("qdq-s8s8", "option-a", static("option-a", QDQ, False, S8, S8), None),
    ("operator-u8s8", "mlp", static("mlp", OPERATOR, False, U8, S8), None),
    ("operator-u8u8", "mlp", static("mlp", OPERATOR, False, U8, U8), None),
    ("operator-channel-u8s8", "residual", static("residual", OPERATOR, True, U8, S8), None),
    ("operator-s8s8", "residual", static("residual", OPERATOR, False, S8, S8), None),
    ("weights-only", "mlp", weights_only(False), None),
    ("weights-only-channel", "option-a", weights_only(True), None),
    ("float16", "option-a", half, None),
    ("dynamic", "mlp", dynamic, DYNAMIC),
    ("dynamic", "option-a", dynamic, DYNAMIC),
]


def entries():
    for name, model, write_to, refused in QUANTISED:

        def export(path, model=model, write_to=write_to):
            with tempfile.TemporaryDirectory() as folder:
                source = os.path.join(folder, "model.onnx")
                floating(model, source)
                write_to(source, path)

        shape, bits = MODELS[model][1], 8 if name.startswith(("qdq", "operator")) else 16
        yield Entry(f"quantised-{name}-{model}", "quantised", "onnxruntime", export, shape, refused, bits=bits)
