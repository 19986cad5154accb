"""Small convolutional networks over one or two dimensions, in JAX: convolution, max pooling, ReLU, at the end one dense layer.

Pools come before the ReLUs, which gives the same numbers and needs fewer ReLUs: each costs traffic when it is evaluated
privately. Training is Adam in single precision on the cross-entropy with smoothed targets plus an L2 penalty, with a cosine
learning rate, dropout before the dense layer and a running average of the weights, which is the result. It runs a fixed
number of steps on rows drawn by given shares: no early stopping, so a run is a function of its seed.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

#: Batches that are augmented at once.
BLOCK = 20


@dataclass(frozen=True)
class Layer:
    """A convolution, a max pool of `pool` in each dimension, and a ReLU."""

    channels: int
    kernel: int
    stride: int = 1
    pool: int = 1
    #: Zeros on every side of the input.
    padding: int = 0


@dataclass(frozen=True)
class Recipe:
    """Hyper-parameters of one training run."""

    layers: tuple[Layer, ...]
    steps: int = 3000
    batch: int = 128
    learning_rate: float = 2e-3
    #: L2 penalty `weight_decay / 2 · ‖w‖²` on the weights, not on the biases, of the mean loss.
    weight_decay: float = 1e-4
    #: Share of the target that is spread evenly over the classes.
    smoothing: float = 0.1
    dropout: float = 0.2
    #: Weight of the past in the running average of the weights.
    average: float = 0.995
    #: Share of each class in the batches; none for equal shares.
    class_shares: tuple[float, ...] = ()


@dataclass(frozen=True)
class Shape:
    """The sizes of a network: channels and side of every value that a convolution reads, the dense layer's last."""

    #: Spatial dimensions, 1 or 2.
    dimensions: int
    #: `(channels, side)` of the input, then of each layer's output.
    values: tuple[tuple[int, int], ...]
    classes: int

    @classmethod
    def of(cls, recipe, shape, classes):
        """Of a network that reads `shape`: channels, then one or two equal sides."""
        values = [(shape[0], shape[1])]
        for layer in recipe.layers:
            side = (values[-1][1] + 2 * layer.padding - layer.kernel) // layer.stride + 1
            values.append((layer.channels, side // layer.pool))
        return cls(len(shape) - 1, tuple(values), classes)

    @property
    def features(self):
        """Inputs of the dense layer."""
        channels, side = self.values[-1]
        return channels * side**self.dimensions

    @property
    def relus(self):
        """ReLUs of one inference."""
        return sum(channels * side**self.dimensions for channels, side in self.values[1:])


def random(recipe, shape, rng):
    """He initialisation of the parameters `w0, b0, …` and of the dense layer `dense.weight[c, f]`, `dense.bias[c]`."""
    parameters = {}
    for index, layer in enumerate(recipe.layers):
        size = (layer.channels, shape.values[index][0]) + (layer.kernel,) * shape.dimensions
        parameters[f"w{index}"] = rng.normal(0.0, np.sqrt(2.0 / np.prod(size[1:])), size).astype(np.float32)
        parameters[f"b{index}"] = np.zeros(layer.channels, np.float32)
    size = (shape.classes, shape.features)
    parameters["dense.weight"] = rng.normal(0.0, np.sqrt(1.0 / shape.features), size).astype(np.float32)
    parameters["dense.bias"] = np.zeros(shape.classes, np.float32)
    return parameters


def logits(recipe, parameters, x, mask=1.0):
    """`x[n, channel, side]` or `x[n, channel, side, side]`, standardised, to `[n, class]`; `mask` multiplies the features."""
    names = ("NCHW", "OIHW", "NCHW") if x.ndim == 4 else ("NCH", "OIH", "NCH")
    for index, layer in enumerate(recipe.layers):
        sides = x.ndim - 2
        x = lax.conv_general_dilated(
            x, parameters[f"w{index}"], (layer.stride,) * sides, [(layer.padding, layer.padding)] * sides, dimension_numbers=names
        )
        x += parameters[f"b{index}"].reshape((1, -1) + (1,) * sides)
        if layer.pool > 1:
            window = (1, 1) + (layer.pool,) * sides
            x = lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")
        x = jax.nn.relu(x)
    return (x.reshape(x.shape[0], -1) * mask) @ parameters["dense.weight"].T + parameters["dense.bias"]


def predict(recipe, parameters, x):
    """Logits of many inputs, some thousands at a time."""
    run = jax.jit(lambda p, part: logits(recipe, p, part))
    return np.concatenate([np.asarray(run(parameters, x[k : k + 4096])) for k in range(0, len(x), 4096)])


def fit(recipe, shape, seed, rows, labels, shares, prepare):
    """Trains on `rows`, drawn with probabilities `shares`; `prepare(rng, rows)` augments and standardises a batch's rows."""
    rng = np.random.default_rng(seed)
    parameters = random(recipe, shape, rng)
    zeros = jax.tree.map(np.zeros_like, parameters)
    state = (parameters, zeros, zeros, parameters)
    step = _step(recipe)
    for number in range(recipe.steps):
        part = number % BLOCK
        if part == 0:
            drawn = rng.choice(len(rows), BLOCK * recipe.batch, p=shares)
            x, targets = prepare(rng, rows[drawn]), smoothed(labels[drawn], shape.classes, recipe.smoothing)
        here = slice(part * recipe.batch, (part + 1) * recipe.batch)
        mask = (rng.random((recipe.batch, shape.features)) >= recipe.dropout) / np.float32(1.0 - recipe.dropout)
        state = step(state, number, x[here], targets[here], mask.astype(np.float32))
    return {name: np.asarray(value) for name, value in state[3].items()}


def smoothed(labels, classes, smoothing):
    """Integer labels to target distributions."""
    return (np.eye(classes)[labels] * (1.0 - smoothing) + smoothing / classes).astype(np.float32)


def _step(recipe):
    def loss(parameters, x, targets, mask):
        entropy = -(targets * jax.nn.log_softmax(logits(recipe, parameters, x, mask))).sum(axis=-1).mean()
        weights = [value for name, value in parameters.items() if value.ndim > 1]
        return entropy + 0.5 * recipe.weight_decay * sum((w * w).sum() for w in weights)

    @jax.jit
    def step(state, number, x, targets, mask):
        parameters, first, second, average = state
        gradients = jax.grad(loss)(parameters, x, targets, mask)
        rate = recipe.learning_rate * 0.5 * (1.0 + jnp.cos(jnp.pi * number / recipe.steps))
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradients)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradients)
        correct = [1.0 / (1.0 - beta ** (number + 1)) for beta in (0.9, 0.999)]
        parameters = jax.tree.map(
            lambda p, m, v: p - rate * m * correct[0] / (jnp.sqrt(v * correct[1]) + 1e-8), parameters, first, second
        )
        average = jax.tree.map(lambda a, p: recipe.average * a + (1.0 - recipe.average) * p, average, parameters)
        return parameters, first, second, average

    return step
