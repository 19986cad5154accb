"""MIT-BIH Arrhythmia Database: single heartbeats of one lead, AAMI classes N, S and V, split by patient.

The split is that of de Chazal, O'Dwyer and Reilly (2004): 22 records to train on (DS1), 22 others to test on (DS2); the four
records of paced hearts belong to neither. Beats of the AAMI classes F (fusions of a normal and a ventricular beat) and Q
(unclassifiable) are left out on both sides, as in the baseline.
"""

import numpy as np

from . import beats
from .conv import Layer, Recipe
from .conv_evaluate import figures
from .conv_task import ConvTask, Rows, open_data

MEMBER = "ecg/mitbih_beats.npz"
DS1 = (101, 106, 108, 109, 112, 114, 115, 116, 118, 119, 122, 124, 201, 203, 205, 207, 208, 209, 215, 220, 223, 230)
DS2 = (100, 103, 105, 111, 113, 117, 121, 123, 200, 202, 210, 212, 213, 214, 219, 221, 222, 228, 231, 232, 233, 234)
#: Records of DS1 that are held out together while recipes are compared: each has several with S and with V beats.
FOLDS = ((101, 118, 207, 220, 112, 124), (106, 209, 116, 208, 122), (108, 201, 223, 114, 119, 230), (109, 203, 205, 115, 215))
CLASSES = 3
#: Raw units of one millivolt.
UNITS = 200.0


def load(folder):
    """Reads the beats of both sides; classes are 0 N, 1 S, 2 V."""
    source = open_data(folder, MEMBER)
    values, labels, records = source["beats"], source["label"].astype(int), source["record"].astype(int)
    if values.shape != (109451, beats.LENGTH):
        raise SystemExit(f"{MEMBER} is not the data that this model was made for")

    def rows(of):
        index = np.isin(records, of) & (labels < CLASSES)
        return Rows(values[index][:, None] / UNITS, labels[index], records[index])

    train = rows(DS1)
    held = [np.isin(train.groups, fold) for fold in FOLDS]
    return ConvTask(
        name="heartbeat",
        title="Heartbeat: normal, supraventricular or ventricular",
        description=(
            "Reads one heartbeat of an electrocardiogram (lead II or like it) and names its class. Whether a narrow beat came early, "
            "which is what makes it supraventricular, can hardly be seen without the beats around it: the model misses most of them. "
            "Tested on patients that it was not trained on. A research demonstration, not a medical device."
        ),
        task="class of a heartbeat",
        classes=("normal", "supraventricular", "ventricular"),
        schema={
            "kind": "signal",
            "label": "Heartbeat",
            "channels": 1,
            "length": beats.LENGTH,
            "sample_rate": beats.RATE,
            "unit": "mV",
            "min": -10,
            "max": 10,
            "offset": -0.3,
            "scale": 2,
            "marker": {"index": beats.PEAK, "label": "R peak"},
            "help": "One beat of lead II (or a similar one): 0.36 s before and 0.35 s after its R peak",
        },
        # Lead MLII, which stands for lead II; rates at which recorders work, and heights from low voltage to a paced beat's.
        domain={
            "leads": ["MLII", "II"],
            "recording_rate": {"min": 100, "max": 1000},
            "amplitude": {"min": 0.2, "max": 8},
        },
        provenance=(
            "MIT-BIH Arrhythmia Database, G. B. Moody and R. G. Mark, 2001, doi:10.1109/51.932724, at PhysioNet, doi:10.13026/C2F305, "
            "A. L. Goldberger et al., 2000, doi:10.1161/01.CIR.101.23.e215; resampled and cut into beats. Trained by "
            "models/train/train.py. The samples are sums of bell curves."
        ),
        licence="Data: Open Data Commons Attribution License 1.0; no recording of it is in this bundle",
        train=train,
        test=rows(DS2),
        folds=tuple((train.take(~out), train.take(out)) for out in held),
        criterion=criterion,
        augment=augment,
        samples=beats.samples(),
        baseline=0.8974,
        baseline_source="always normal, the same beats",
        natural=True,
        most_relus=4000,
        recipe=RECIPE,
        grid=GRID,
    )


def augment(rng, values):
    """Stretches and moves a beat in time, changes its gain, moves and tilts its baseline, and adds noise."""
    count = len(values)

    def normal(deviation):
        return rng.normal(0.0, deviation, (count, 1))

    time = np.arange(beats.LENGTH)[None] - float(beats.PEAK)
    place = np.clip(time * np.exp(normal(0.08)) + rng.uniform(-3.0, 3.0, (count, 1)) + beats.PEAK, 0.0, beats.LENGTH - 1.001)
    before = place.astype(int)
    share, row = place - before, np.arange(count)[:, None]
    moved = values[row, 0, before] * (1.0 - share) + values[row, 0, before + 1] * share
    noise = rng.normal(0.0, 0.03, moved.shape) * rng.random((count, 1))
    changed = moved * np.exp(normal(0.25)) + normal(0.15) + normal(0.1) * time / beats.PEAK + noise
    return np.clip(changed, -10.0, 10.0)[:, None]


def criterion(scores, labels):
    """Mean of accuracy and balanced accuracy: nine in ten beats are normal, so neither says enough alone."""
    results = figures(scores, labels)
    return 0.5 * (results["accuracy"] + results["balanced accuracy"])


def _recipe(layers, shares, **changes):
    settings = {"steps": 2000, "batch": 256, "smoothing": 0.05, "dropout": 0.3, "average": 0.998} | changes
    return Recipe(layers=layers, class_shares=shares, **settings)


STRIDED = (Layer(16, 7, stride=2, padding=3), Layer(24, 5, stride=2, padding=2), Layer(32, 5, stride=2, padding=2))
WIDE = (Layer(16, 15, stride=2, padding=7), Layer(24, 9, stride=2, padding=4), Layer(32, 5, stride=2, padding=2))
COARSE = (Layer(24, 31, stride=4, padding=15), Layer(32, 9, stride=2, padding=4), Layer(32, 5, stride=2, padding=2))
LONG = (Layer(32, 63, stride=8, padding=31), Layer(32, 5, padding=2), Layer(32, 5, stride=2, padding=2))
RECIPE = _recipe(LONG, (0.8, 0.05, 0.15))
GRID = (
    _recipe(STRIDED, (0.6, 0.15, 0.25)),
    _recipe(STRIDED, (0.8, 0.05, 0.15)),
    _recipe(WIDE, (0.8, 0.05, 0.15)),
    _recipe(STRIDED, (0.8, 0.05, 0.15), weight_decay=1e-3),
    _recipe(STRIDED, (0.9, 0.02, 0.08)),
    _recipe(COARSE, (0.8, 0.05, 0.15)),
    _recipe(COARSE, (0.87, 0.03, 0.1)),
    RECIPE,
    _recipe(LONG, (0.87, 0.03, 0.1)),
)
