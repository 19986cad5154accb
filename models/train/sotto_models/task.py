"""What a shipped model is trained on: the form's fields, the classes and the labelled rows."""

from dataclasses import dataclass

import numpy as np

from .mlp import Recipe


@dataclass(frozen=True)
class Field:
    """One field of the form, and one input of the network."""

    name: str
    label: str
    unit: str
    help: str
    minimum: float
    maximum: float
    step: float
    #: Names of the values of a categorical field; the value is the position, from 0.
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """A data set with everything that its card says."""

    name: str
    title: str
    description: str
    task: str
    classes: tuple[str, str]
    fields: tuple[Field, ...]
    #: Raw values, one row per patient in the order of the source.
    rows: np.ndarray
    #: Class index of each row.
    labels: np.ndarray
    #: 1-based position of each row in the source, also where rows were left out.
    row_numbers: np.ndarray
    provenance: str
    licence: str
    #: Chosen by `train.py --tune`.
    recipe: Recipe

    def __post_init__(self):
        count, width = self.rows.shape
        if width != len(self.fields) or self.labels.shape != (count,) or self.row_numbers.shape != (count,):
            raise ValueError(f"{self.name}: fields, rows, labels and row numbers do not match")
        for column, f in zip(self.rows.T, self.fields, strict=True):
            if column.min() < f.minimum or column.max() > f.maximum:
                raise ValueError(f"{self.name}: field {f.name} has values outside [{f.minimum}, {f.maximum}]")
