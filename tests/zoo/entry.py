"""What an entry of the zoo is, and the families' common helpers."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Entry:
    """A model as one exporter writes it, and what an import must do with the file."""

    name: str
    family: str
    exporter: str
    # Writes the file (and what belongs beside it) to this path.
    export: Callable[[str], None]
    # Without the batch, in the file's order.
    shape: tuple[int, ...]
    # None when the file imports, otherwise a pattern of the reason that must be named.
    refused: str | None = None
    # What the file's output applies to the scores that the program ends with.
    head: str = "none"
    # The file's output that is asked for, where it has several.
    output: str | None = None
    # The file reads [rows, columns, channels] or [time, channels], the card says channels first.
    channels_last: bool = False
    # Bits of the file's own values, whose roundings a program leaves out: what decides how near the scores can be.
    bits: int = 16
    # Of weights and activations, as the import is told.
    widths: int = 16
    # Rows of the right kind, by default standard normal ones within the card's range.
    rows: Callable[[np.random.Generator, int], np.ndarray] | None = field(default=None, compare=False)


def softmax(scores):
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def sigmoid(scores):
    return 1 / (1 + np.exp(-scores))


HEADS = {
    "none": lambda scores: scores,
    "softmax": softmax,
    "log-softmax": lambda scores: np.log(softmax(scores)),
    "sigmoid": sigmoid,
    # One against the rest: sigmoids, divided by their sum.
    "one-against-rest": lambda scores: sigmoid(scores) / sigmoid(scores).sum(axis=-1, keepdims=True),
    "class": lambda scores: scores.argmax(axis=-1)[..., None],
}
