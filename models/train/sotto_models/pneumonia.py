"""PneumoniaMNIST: chest X-rays of children, 28×28 grey levels, normal or pneumonia."""

import numpy as np

from . import phantoms
from .conv import Layer, Recipe
from .conv_evaluate import balanced_loss
from .conv_task import ConvTask, Rows, open_data

MEMBER = "images/pneumoniamnist.npz"
SIDE = 28
#: How far augmentation moves a picture, in pixels each way.
SHIFT = 3


def load(folder):
    """Reads the three parts; class 1 is pneumonia."""
    source = open_data(folder, MEMBER)
    train, validation, test = (_rows(source, part) for part in ("train", "val", "test"))
    if (len(train), len(validation), len(test)) != (4708, 524, 624):
        raise SystemExit(f"{MEMBER} is not the data that this model was made for")
    return ConvTask(
        name="pneumonia",
        title="Chest X-ray: normal or pneumonia",
        description=(
            "Reads a child's chest X-ray, made from the front and reduced to 28 by 28 grey levels, and says whether it looks like "
            "pneumonia. Trained on children of one to five years from one hospital. A research demonstration, not a medical device."
        ),
        task="normal or pneumonia",
        classes=("normal", "pneumonia"),
        schema={
            "kind": "image",
            "label": "Chest X-ray",
            "channels": 1,
            "height": SIDE,
            "width": SIDE,
            "min": 0,
            "max": 255,
            "mean": 128,
            "std": 64,
            "fit": "centre-crop",
            "help": "Made from the front (anteroposterior), upright, bones bright on dark lungs",
        },
        # The source has anteroposterior pictures of children of one to five years; at 28 pixels a side PA looks alike.
        domain={
            "modalities": ["CR", "DX"],
            "body_parts": ["CHEST"],
            "views": ["AP", "PA"],
            "age_years": {"min": 1, "max": 5},
        },
        provenance=(
            "PneumoniaMNIST of MedMNIST v2, J. Yang, R. Shi, D. Wei, Z. Liu, L. Zhao, B. Ke, H. Pfister and B. Ni, 2023, "
            "doi:10.1038/s41597-022-01721-8, made from D. Kermany, K. Zhang and M. Goldbaum, Labeled Optical Coherence Tomography and "
            "Chest X-Ray Images, 2018, doi:10.17632/rscbjbr9sj.2. Trained by models/train/train.py. The samples are drawings."
        ),
        licence="Data: CC BY 4.0; no picture of it is in this bundle",
        train=train,
        test=test,
        folds=((train, validation),),
        criterion=criterion,
        augment=augment,
        samples=phantoms.samples(),
        baseline=0.872,
        baseline_source="a plain small convolutional network on the same pictures, floating point",
        natural=False,
        most_relus=6000,
        recipe=RECIPE,
        grid=GRID,
    )


def _rows(source, part):
    return Rows(source[f"{part}_images"].astype(np.float64)[:, None], source[f"{part}_labels"].ravel().astype(int))


def augment(rng, values):
    """Moves a picture, mirrors half of them, changes contrast and brightness and adds noise; black and white stay the ends."""
    count = len(values)
    padded = np.pad(values[:, 0], ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT)), mode="edge")
    across, down = rng.integers(0, 2 * SHIFT + 1, (2, count, 1))
    sides = np.arange(SIDE)
    moved = padded[np.arange(count)[:, None, None], (down + sides)[:, :, None], (across + sides)[:, None, :]]
    mirrored = rng.random(count) < 0.5
    moved[mirrored] = moved[mirrored][:, :, ::-1]
    contrast = np.exp(rng.normal(0.0, 0.2, (count, 1, 1)))
    brightness = rng.normal(0.0, 19.0, (count, 1, 1))
    mean = moved.mean(axis=(1, 2), keepdims=True)
    changed = (moved - mean) * contrast + mean + brightness + rng.normal(0.0, 3.0, moved.shape)
    return np.clip(changed, 0.0, 255.0)[:, None]


def criterion(scores, labels):
    """Less log loss, both classes counting the same."""
    return -balanced_loss(scores, labels)


def _recipe(*layers, **changes):
    return Recipe(layers=layers, **changes)


RECIPE = _recipe(Layer(24, 7, stride=4, padding=3), Layer(32, 3, padding=1), Layer(32, 3, stride=2, padding=1))
GRID = (
    RECIPE,
    _recipe(Layer(16, 5, stride=2, padding=2), Layer(32, 3, stride=2, padding=1), Layer(32, 3, padding=1)),
    _recipe(Layer(12, 5, stride=2, padding=2), Layer(24, 3, stride=2, padding=1), Layer(32, 3, padding=1)),
    _recipe(Layer(12, 5, stride=2, padding=2), Layer(24, 3, stride=2, padding=1), Layer(32, 3, stride=2, padding=1)),
)
