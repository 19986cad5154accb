"""What a shipped convolutional model is trained on. Its rows come from a data folder and never enter the project."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .conv import Recipe, Shape

#: Where the data lies unless `--data` or the environment says otherwise, seen from the project's root.
DEFAULT_DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
VARIABLE = "SOTTO_DATA"


@dataclass(frozen=True)
class Rows:
    """Raw values `[n, channel, …]` in the card's unit with their classes and groups."""

    values: np.ndarray
    labels: np.ndarray
    #: Whose rows they are: rows of one group are never on both sides of a split. None when the source does not say.
    groups: np.ndarray | None = None

    def __len__(self):
        return len(self.labels)

    def take(self, index):
        """The rows of `index`, positions or a mask."""
        return Rows(self.values[index], self.labels[index], None if self.groups is None else self.groups[index])


@dataclass(frozen=True)
class ConvTask:
    """A data set with everything that its card says."""

    name: str
    title: str
    description: str
    task: str
    classes: tuple[str, ...]
    #: The card's `input`, with offset and scale, or mean and std.
    schema: dict
    #: The card's `domain`: what a file may say of itself without a warning.
    domain: dict
    provenance: str
    licence: str
    train: Rows
    test: Rows
    #: Pairs of rows to train on and rows to choose recipes by; made of the training side only.
    folds: tuple[tuple[Rows, Rows], ...]
    #: What recipes are compared by, from scores and labels of held-out rows; larger is better.
    criterion: Callable[[np.ndarray, np.ndarray], float]
    #: `augment(rng, values)` of raw values to raw values.
    augment: Callable[[np.random.Generator, np.ndarray], np.ndarray]
    #: Name and raw values of each of the card's samples.
    samples: tuple[tuple[str, np.ndarray], ...]
    baseline: float
    baseline_source: str
    #: Whether a finished network's biases are moved from the batches' class shares to the training rows' class frequencies.
    natural: bool
    #: Most ReLUs of a recipe that is shipped: what a private inference may cost.
    most_relus: int
    #: Chosen by `train.py --tune` from `grid`.
    recipe: Recipe
    grid: tuple[Recipe, ...]

    @property
    def shape(self):
        """The network's sizes under the recipe in use."""
        return self.shape_of(self.recipe)

    def shape_of(self, recipe):
        """The network's sizes under a recipe."""
        return Shape.of(recipe, self.train.values.shape[1:], len(self.classes))

    def shares(self, recipe, rows):
        """Probability with which each row is drawn for a batch: by class, then by the square root of its group's rows."""
        result = np.zeros(len(rows))
        for label in range(len(self.classes)):
            mine = rows.labels == label
            groups = np.zeros(mine.sum(), int) if rows.groups is None else rows.groups[mine]
            _, group, count = np.unique(groups, return_inverse=True, return_counts=True)
            weight = 1.0 / np.sqrt(count[group])
            result[mine] = (recipe.class_shares[label] if recipe.class_shares else 1.0) * weight / weight.sum()
        return result / result.sum()

    def standardise(self, values):
        """What the network reads."""
        if self.schema["kind"] == "image":
            return ((values - self.schema["mean"]) / self.schema["std"]).astype(np.float32)
        return ((values - self.schema["offset"]) * self.schema["scale"]).astype(np.float32)


def open_data(folder, member):
    """The arrays of an `.npz` file in the data folder, or an error that says what to do.

    `folder` is what `--data` says, or None for the environment variable SOTTO_DATA or else `../shared/data` beside the project.
    """
    folder = Path(folder or os.environ.get(VARIABLE) or DEFAULT_DATA)
    path = folder / member
    if not path.is_file():
        raise SystemExit(f"there is no {path}; say where the data is with --data FOLDER or {VARIABLE}")
    return np.load(path)
