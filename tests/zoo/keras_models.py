"""Small classifiers in Keras, by its own export or by tf2onnx: 25 entries, and the signals' two."""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers as L

from entry import Entry

CLASSES = 4


def settled(model, shape):
    """The model after its first call, with weights and statistics as training leaves them."""
    rng = np.random.default_rng(4)
    model(np.zeros((1, *shape), np.float32))
    for layer in model.layers:
        if model.name.startswith("mobilenet"):
            # Of a deep network fresh from its initialiser, nothing of the input is left at the end.
            for kernel in (w for w in layer.weights if "kernel" in w.path):
                depthwise = isinstance(layer, L.DepthwiseConv2D)
                fan_in = np.prod(kernel.shape[:2] if depthwise else kernel.shape[:-1])
                last = "pred" in kernel.path
                kernel.assign(rng.normal(0, 0.1 if last else np.sqrt(2 / fan_in), kernel.shape))
        if isinstance(layer, L.BatchNormalization):
            gamma, beta, mean, variance = (w.shape for w in layer.get_weights())
            layer.set_weights(
                [rng.uniform(0.5, 1.5, gamma), rng.normal(0, 0.1, beta), rng.normal(0, 0.2, mean), rng.uniform(0.5, 1.5, variance)]
            )
    return model


def sequential(shape, *layers):
    return keras.Sequential([L.Input(shape), *layers])


def ended(*layers, activation="softmax"):
    return (*layers, L.GlobalAveragePooling2D(), L.Dense(CLASSES, activation=activation))


def functional(shape, body):
    x = L.Input(shape)
    return keras.Model(x, body(x))


def residual(x):
    x = L.Conv2D(8, 3, padding="same", activation="relu")(x)
    y = L.BatchNormalization()(L.Conv2D(8, 3, padding="same", use_bias=False)(x))
    x = L.ReLU()(L.Add()([x, y]))
    return L.Dense(CLASSES, activation="softmax")(L.GlobalMaxPooling2D()(x))


def joined(x):
    a = L.Conv2D(4, 3, padding="same", activation="relu")(x)
    b = L.AveragePooling2D(3, strides=1, padding="same")(x)
    x = L.Concatenate()([a, L.Conv2D(4, 1)(b)])
    return L.Dense(CLASSES, activation="softmax")(L.Flatten()(L.MaxPooling2D(2)(x)))


def averaged(x):
    a, b = L.Dense(16, activation="relu")(x), L.Dense(16, activation="relu")(x)
    return L.Dense(CLASSES)(L.Average()([a, b]))


def gated(x):
    x = L.Conv2D(8, 3, activation="relu")(x)
    gate = L.Dense(8, activation="sigmoid")(L.GlobalAveragePooling2D()(x))
    return L.Dense(CLASSES)(L.GlobalAveragePooling2D()(L.Multiply()([x, L.Reshape((1, 1, 8))(gate)])))


def standardised(shape):
    # Not by a Normalization: the exporters leave its mean and deviation as inputs without values.
    return sequential(shape, L.BatchNormalization(), L.Dense(16, activation="relu"), L.Dense(CLASSES, activation="softmax"))


def mobile(version):
    make = {1: keras.applications.MobileNet, 2: keras.applications.MobileNetV2}[version]
    return make(input_shape=(32, 32, 3), alpha=0.25 if version == 1 else 0.35, weights=None, classes=10)


F, P = (12,), (12, 12, 3)
SOFT, LAST = {"head": "softmax"}, {"head": "softmax", "channels_last": True}
# Name, exporter, input, model, options of the entry.
MODELS = [
    ("dense", "keras", F, lambda: sequential(F, L.Dense(16, activation="relu"), L.Dense(CLASSES, activation="softmax")), SOFT),
    ("dense", "tf2onnx", F, lambda: sequential(F, L.Dense(16, activation="relu"), L.Dense(CLASSES, activation="softmax")), SOFT),
    ("dense-bn", "keras", F, lambda: sequential(F, L.Dense(16, activation="relu"), L.BatchNormalization(), L.Dropout(0.3), L.Dense(CLASSES)), {}),
    ("one-logit", "keras", F, lambda: sequential(F, L.Dense(16, activation="relu"), L.Dense(1, activation="sigmoid")), {"head": "sigmoid"}),
    ("standardised", "tf2onnx", F, lambda: standardised(F), SOFT),
    ("averaged", "keras", F, lambda: functional(F, averaged), {}),
    ("relu6-leaky", "tf2onnx", F, lambda: sequential(F, L.Dense(16), L.ReLU(max_value=6.0), L.Dense(16), L.LeakyReLU(), L.Dense(CLASSES)), {}),
    ("findings", "keras", F, lambda: sequential(F, L.Dense(16, activation="relu"), L.Dense(CLASSES, activation="sigmoid")), {"head": "sigmoid"}),
    ("tanh", "keras", F, lambda: sequential(F, L.Dense(16, activation="tanh"), L.Dense(CLASSES)), {"refused": "Tanh"}),
    ("layer-norm", "keras", F, lambda: sequential(F, L.Dense(16), L.LayerNormalization(), L.Dense(CLASSES)), {"refused": "depends on the input|LayerNormalization|two computed values"}),
    ("flatten", "keras", P, lambda: sequential(P, L.Conv2D(6, 3, activation="relu"), L.MaxPooling2D(), L.Flatten(), L.Dense(CLASSES, activation="softmax")), LAST),
    ("flatten", "tf2onnx", P, lambda: sequential(P, L.Conv2D(6, 3, activation="relu"), L.MaxPooling2D(), L.Flatten(), L.Dense(CLASSES, activation="softmax")), LAST),
    ("bn-after-relu", "keras", P, lambda: sequential(P, *ended(L.Conv2D(8, 3, padding="same", activation="relu"), L.BatchNormalization(), L.Conv2D(8, 3, padding="same", activation="relu"), L.BatchNormalization())), LAST),
    ("depthwise", "keras", P, lambda: sequential(P, *ended(L.DepthwiseConv2D(3, padding="same"), L.ReLU(6.0), L.Conv2D(8, 1, activation="relu"))), LAST),
    ("separable", "tf2onnx", P, lambda: sequential(P, *ended(L.SeparableConv2D(8, 3, strides=2, padding="same", activation="relu"), L.BatchNormalization())), LAST),
    ("residual", "keras", P, lambda: functional(P, residual), LAST),
    ("joined", "keras", P, lambda: functional(P, joined), LAST),
    ("rescaled", "keras", P, lambda: sequential(P, L.Rescaling(1 / 127.5, offset=-1), *ended(L.Conv2D(8, 3, padding="same", activation="relu"), L.AveragePooling2D(2))), LAST),
    ("dilated", "keras", P, lambda: sequential(P, *ended(L.Conv2D(8, 3, dilation_rate=2, padding="same", activation="relu"))), LAST),
    ("padded-cropped", "keras", P, lambda: sequential(P, *ended(L.ZeroPadding2D(2), L.Conv2D(8, 3, activation="relu"), L.Cropping2D(1))), LAST),
    ("prelu", "keras", P, lambda: sequential(P, *ended(L.Conv2D(8, 3), L.PReLU(shared_axes=[1, 2], alpha_initializer="random_uniform"))), LAST),
    ("gated", "keras", P, lambda: functional(P, gated), {"channels_last": True, "refused": "two computed values|Sigmoid"}),
    ("swish", "keras", P, lambda: sequential(P, *ended(L.Conv2D(8, 3, activation="swish"))), {"channels_last": True, "refused": "two computed values|Sigmoid"}),
    ("mobilenet", "keras", (32, 32, 3), lambda: mobile(1), LAST),
    ("mobilenet-v2", "keras", (32, 32, 3), lambda: mobile(2), LAST),
]

S = (64, 3)
SIGNALS = [
    ("keras-pooled", "keras", lambda: sequential(S, L.Conv1D(8, 5, padding="same", activation="relu"), L.MaxPooling1D(2), L.Conv1D(8, 3, strides=2), L.BatchNormalization(), L.ReLU(), L.GlobalAveragePooling1D(), L.Dense(CLASSES, activation="softmax"))),
    ("keras-flatten", "tf2onnx", lambda: sequential(S, L.Conv1D(8, 5, activation="relu"), L.AveragePooling1D(2), L.Flatten(), L.Dense(16, activation="relu"), L.Dense(CLASSES, activation="softmax"))),
]


def exporting(make, shape, exporter):
    def export(path):
        keras.utils.set_random_seed(6)
        model = settled(make(), shape)
        if exporter == "keras":
            model.export(path, format="onnx", verbose=False)
        else:
            import tensorflow as tf
            import tf2onnx

            signature = [tf.TensorSpec((None, *shape), tf.float32, name="x")]
            function = tf.function(lambda x: model(x, training=False), input_signature=signature)
            tf2onnx.convert.from_function(function, input_signature=signature, opset=15, output_path=path)

    return export


def entries():
    for name, exporter, shape, make, options in MODELS:
        yield Entry(f"keras-{name}", "keras", exporter, exporting(make, shape, exporter), shape, **options)
    for name, exporter, make in SIGNALS:
        yield Entry(f"signal-{name}", "signal", exporter, exporting(make, S, exporter), S, head="softmax", channels_last=True)
