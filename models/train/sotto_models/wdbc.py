"""Wisconsin Diagnostic Breast Cancer: 569 fine needle aspirates, 30 features of the cell nuclei."""

import math
from decimal import Decimal

import numpy as np
from sklearn.datasets import load_breast_cancer

from .mlp import Recipe
from .task import Field, Task

# name, label, unit, what it describes, in the order of the source. The documentation of the data gives no physical unit: lengths and
# areas were measured on the digitised image, so they are called image units and not micrometres.
FEATURES = (
    ("radius", "Radius", "image units", "distance from the centre of a nucleus to its outline"),
    ("texture", "Texture", "grey levels", "standard deviation of the grey values inside a nucleus"),
    ("perimeter", "Perimeter", "image units", "length of the outline of a nucleus"),
    ("area", "Area", "image units²", "area of a nucleus"),
    ("smoothness", "Smoothness", "", "local variation of the radius along the outline; 0 is smoothest"),
    ("compactness", "Compactness", "", "perimeter squared against area; larger is less compact"),
    ("concavity", "Concavity", "", "severity of the concave portions of the outline"),
    ("concave_points", "Concave points", "", "concave portions of the outline, in the scale of the source"),
    ("symmetry", "Symmetry", "", "difference of the two halves of a nucleus; 0 is symmetric"),
    ("fractal_dimension", "Fractal dimension", "", "roughness of the outline: its coastline dimension minus 1"),
)

# suffix, label, what it says of the nuclei of one image
STATISTICS = (
    ("mean", "mean", "Mean over the nuclei of the image"),
    ("se", "standard error", "Standard error over the nuclei of the image"),
    ("worst", "worst", "Mean of the three largest values in the image"),
)


def load():
    """Reads the data from the scikit-learn package; class 1 is malignant."""
    source = load_breast_cancer()
    rows, malignant = source.data, 1 - source.target
    if rows.shape != (569, 30) or malignant.sum() != 212:
        raise ValueError("scikit-learn's breast cancer data is not the one that this model was made for")
    return Task(
        name="wdbc",
        title="Breast biopsy: benign or malignant",
        description=(
            "Reads 30 measurements of the cell nuclei in a microscope image of a fine needle aspirate of a breast lump and says "
            "whether they look benign or malignant. A research demonstration, not a medical device."
        ),
        task="benign or malignant",
        classes=("benign", "malignant"),
        fields=_fields(rows),
        rows=rows,
        labels=malignant,
        row_numbers=np.arange(1, len(rows) + 1),
        provenance=(
            "Breast Cancer Wisconsin (Diagnostic), W. H. Wolberg, W. N. Street and O. L. Mangasarian, University of Wisconsin, 1995; "
            "UCI Machine Learning Repository, doi:10.24432/C5DW2B; the copy in the PyPI package scikit-learn. "
            "Trained by models/train/train.py."
        ),
        licence="Data: CC BY 4.0, changed only by splitting it and renaming its columns",
        recipe=Recipe(hidden=8, weight_decay=0.02),
    )


def _fields(rows):
    names = [(f, s) for s in STATISTICS for f in FEATURES]
    return tuple(_field(f, s, column) for (f, s), column in zip(names, rows.T, strict=True))


def _field(feature, statistic, column):
    name, label, unit, what = feature
    suffix, statistic_label, how = statistic
    decimals = max(-Decimal(repr(float(v))).normalize().as_tuple().exponent for v in column)
    return Field(
        name=f"{name}_{suffix}",
        label=f"{label}, {statistic_label}",
        unit=unit,
        help=f"{how}: {what}",
        minimum=_outward(column.min(), math.floor),
        maximum=_outward(column.max(), math.ceil),
        step=float(Decimal(1).scaleb(-max(decimals, 0))),
    )


def _outward(value, rounding):
    """Rounds to two significant digits, away from the data."""
    if value == 0:
        return 0.0
    exponent = math.floor(math.log10(value)) - 1
    return float(Decimal(rounding(Decimal(repr(float(value))).scaleb(-exponent))).scaleb(exponent))
