"""Many small multilayer perceptrons trained side by side, in numpy.

All models of a batch have one hidden layer and the same size; they differ in their initial weights. Arrays carry the model
index first: `w1[s, i, h]`, `b1[s, 1, h]`, `w2[s, h, c]`, `b2[s, 1, c]`. Training is full-batch Adam in double precision on the
cross-entropy with smoothed targets plus an L2 penalty, with a cosine learning rate: no shuffling, no early stopping, so a run
is a deterministic function of its seeds.
"""

from dataclasses import dataclass

import numpy as np

CLASSES = 2
#: A hidden unit with less than this share of the strongest one's weight is unused.
UNUSED = 1e-6


@dataclass(frozen=True)
class Recipe:
    """Hyper-parameters of one training run."""

    hidden: int = 16
    #: L2 penalty `weight_decay / 2 · ‖w‖²` on the weights, not on the biases, of the mean loss.
    weight_decay: float = 1e-2
    #: Share of the target that is spread evenly over the classes.
    smoothing: float = 0.0
    steps: int = 300
    learning_rate: float = 0.02


class Batch:
    """The weights of several models."""

    def __init__(self, w1, b1, w2, b2):
        self.tensors = [w1, b1, w2, b2]

    @classmethod
    def random(cls, seeds, inputs, hidden):
        """He initialisation, one independent stream per seed (a sequence of integers)."""
        w1, w2 = [], []
        for seed in seeds:
            rng = np.random.default_rng(seed)
            w1.append(rng.normal(0.0, np.sqrt(2.0 / inputs), (inputs, hidden)))
            w2.append(rng.normal(0.0, np.sqrt(1.0 / hidden), (hidden, CLASSES)))
        count = len(seeds)
        return cls(np.array(w1), np.zeros((count, 1, hidden)), np.array(w2), np.zeros((count, 1, CLASSES)))

    def logits(self, x):
        """`x[s, n, i]` or `x[n, i]` to `[s, n, c]`."""
        w1, b1, w2, b2 = self.tensors
        return np.maximum(x @ w1 + b1, 0.0) @ w2 + b2
    def pruned(self, index):
        """One model as a batch of one, without the hidden units that training has switched off: each costs traffic."""
        w1, b1, w2, b2 = (t[index : index + 1] for t in self.tensors)
        strength = np.linalg.norm(w1[0], axis=0) * np.linalg.norm(w2[0], axis=1)
        used = strength > UNUSED * strength.max()
        return Batch(w1[:, :, used], b1[:, :, used], w2[:, used], b2)


def softmax(logits):
    """Class probabilities over the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def one_hot(labels, smoothing):
    """Integer labels to target distributions, with label smoothing."""
    return np.eye(CLASSES)[labels] * (1.0 - smoothing) + smoothing / CLASSES


def fit(batch, x, targets, recipe):
    """Trains `batch` in place on `x[s, n, i]` and `targets[s, n, c]`, where s may be 1 for all models, and returns it."""
    first = [np.zeros_like(t) for t in batch.tensors]
    second = [np.zeros_like(t) for t in batch.tensors]
    for step in range(recipe.steps):
        gradients = _gradients(batch, x, targets, recipe.weight_decay)
        rate = recipe.learning_rate * 0.5 * (1.0 + np.cos(np.pi * step / recipe.steps))
        for t, g, m, v in zip(batch.tensors, gradients, first, second, strict=True):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            unbiased = m / (1.0 - 0.9 ** (step + 1))
            t -= rate * unbiased / (np.sqrt(v / (1.0 - 0.999 ** (step + 1))) + 1e-8)
    return batch


def _gradients(batch, x, targets, weight_decay):
    w1, b1, w2, b2 = batch.tensors
    hidden = np.maximum(x @ w1 + b1, 0.0)
    error = (softmax(hidden @ w2 + b2) - targets) / x.shape[1]
    back = (error @ w2.transpose(0, 2, 1)) * (hidden > 0.0)
    return [
        x.transpose(0, 2, 1) @ back + weight_decay * w1,
        back.sum(axis=1, keepdims=True),
        hidden.transpose(0, 2, 1) @ error + weight_decay * w2,
        error.sum(axis=1, keepdims=True),
    ]
