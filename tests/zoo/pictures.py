"""What `sotto rows` makes of pictures against what torchvision, timm, Keras, TensorFlow and Pillow make of them: the largest difference
in levels of 0 to 255 and the share of levels that differ, as a table. Pictures are drawn here.

PNG files must give the same levels exactly, but for TensorFlow's, which computes with 24 bits; JPEG files are decoded by another program.

    python pictures.py --sotto ../../target/debug/sotto > ../../docs/benchmarks/pictures.md
    python pictures.py --golden ../../crates/nn/tests/pictures/pillow.json
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
from PIL import Image, ImageDraw, ImageOps

PILLOW = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
SIDE = 224
SIZES = [(640, 480), (481, 640), (300, 225), (100, 90), (1001, 333), (224, 224), (90, 1200)]


def drawn(width, height, seed):
    """Shapes, edges of one pixel, a gradient and noise: what resampling is hard on."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    levels = np.stack([x * 255 / width, y * 255 / height, (x + y) % 256], -1)
    picture = Image.fromarray(levels.astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        a, b = rng.uniform(0, width, 2), rng.uniform(0, height, 2)
        colour = tuple(int(c) for c in rng.integers(0, 256, 3))
        box = [min(a), min(b), max(a), max(b)]
        [draw.ellipse, draw.rectangle, draw.line][rng.integers(3)](box, fill=colour)
    noise = rng.normal(0, 12, levels.shape)
    return Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8))


def opened(path):
    return Image.open(path).convert("RGB")


def torch_references():
    """(name, card's fit, card's filter, function of a file): what each library gives the network."""
    from timm.data import create_transform
    from torchvision import transforms as T
    from torchvision.transforms import InterpolationMode

    for name in PILLOW:
        resize = T.Compose([T.Resize(256, InterpolationMode(name)), T.CenterCrop(SIDE)])
        yield f"torchvision Resize(256), CenterCrop({SIDE}), {name}", {"shorter-side": {"size": 256}}, name, lambda p, r=resize: r(opened(p))
    options = {"input_size": (3, SIDE, SIDE), "mean": (0, 0, 0), "std": (1, 1, 1)}
    for percent, size in ((0.875, 256), (0.9, 248), (1.0, SIDE)):
        made = create_transform(**options, interpolation="bicubic", crop_pct=percent)
        run = lambda p, t=made: np.round(np.moveaxis(t(opened(p)).numpy(), 0, -1) * 255)
        yield f"timm create_transform, bicubic, crop_pct {percent}", {"shorter-side": {"size": size}}, "bicubic", run


def tensorflow_references():
    import keras
    import tensorflow as tf

    for name in PILLOW:
        load = lambda p, keep, n=name: keras.utils.load_img(p, target_size=(SIDE, SIDE), interpolation=n, keep_aspect_ratio=keep)
        pad = lambda p, m=PILLOW[name]: ImageOps.pad(opened(p), (SIDE, SIDE), m, color=(114, 114, 114))
        yield f"Pillow ImageOps.pad, {name}", {"letterbox": {"fill": 114}}, name, pad
        yield f"Keras load_img, {name}", "stretch", name, lambda p, f=load: f(p, False)
        yield f"Keras load_img, {name}, keep_aspect_ratio", "centre-crop", name, lambda p, f=load: f(p, True)
    whole = lambda p: tf.image.resize(np.asarray(opened(p)), (SIDE, SIDE)).numpy()
    yield "TensorFlow image.resize", "stretch", "linear", whole
    for crop in (False, True):
        layer = keras.layers.Resizing(SIDE, SIDE, crop_to_aspect_ratio=crop)
        run = lambda p, f=layer: np.asarray(f(np.asarray(opened(p), np.float32)[None]))[0]
        yield f"Keras Resizing{', crop_to_aspect_ratio' if crop else ''}", "centre-crop" if crop else "stretch", "linear", run


# One process cannot hold both.
LIBRARIES = {"torch": torch_references, "tensorflow": tensorflow_references}


def card(fit, name, channels=3):
    read = {"kind": "image", "label": "x", "channels": channels, "height": SIDE, "width": SIDE, "min": 0, "max": 255}
    read |= {"fit": fit, "filter": name}
    about = {"title": "x", "description": "", "task": "x", "provenance": "", "licence": ""}
    return {**about, "input": read, "classes": ["a", "b"]}


def rows(sotto, folder, card, files):
    path = os.path.join(folder, "card.json")
    with open(path, "w") as out:
        json.dump(card, out)
    made = subprocess.run([sotto, "rows", path, "--image", *files], check=True, capture_output=True, text=True)
    table = list(csv.reader(made.stdout.splitlines()))[1:]
    return [np.moveaxis(np.array(row, float).reshape(3, SIDE, SIDE), 0, -1) for row in table]


def compare(sotto):
    print("# Pictures: what the network reads, against the library that it was trained with\n")
    print("Largest difference in levels of 0 to 255, and share of levels that differ by more than 0.01, over seven drawn pictures as PNG and as")
    print("JPEG (quality 75 and 95). JPEG is decoded by another program than Pillow's, and differs before it is resized.")
    print("Made by `python pictures.py` in tests/zoo.\n")
    print("| reference | card | PNG | share | JPEG | share |\n| --- | --- | --- | --- | --- | --- |", flush=True)
    for library in LIBRARIES:
        subprocess.run([sys.executable, __file__, "--sotto", sotto, "--library", library], check=True)


def compare_library(sotto, references):
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        kinds = {"PNG": [], "JPEG": []}
        for seed, (width, height) in enumerate(SIZES):
            picture = drawn(width, height, seed)
            for kind, suffix, options in (("PNG", "png", {}), ("JPEG", "75.jpg", {"quality": 75}), ("JPEG", "95.jpg", {"quality": 95})):
                path = os.path.join(folder, f"{seed}.{suffix}")
                picture.save(path, **options)
                kinds[kind].append(path)
        for name, fit, filtered, reference in references():
            cells = []
            for kind, files in kinds.items():
                ours = rows(sotto, folder, card(fit, filtered), files)
                theirs = [np.asarray(reference(path), np.float64) for path in files]
                apart = np.abs(np.stack(ours) - np.stack(theirs))
                cells += [f"{apart.max():.4g}", f"{100 * (apart > 0.01).mean():.3g} %"]
                if kind == "PNG" and apart.max() > (0.05 if filtered == "linear" else 0):
                    failed.append(name)
            words = fit if isinstance(fit, str) else json.dumps(fit)
            print(f"| {name} | `{words}`, `{filtered}` | {' | '.join(cells)} |", flush=True)
    if failed:
        raise SystemExit(f"another picture than the reference: {', '.join(failed)}")


def golden(path):
    """Small pictures by Pillow, for the tests of the crate."""
    cases = []
    for width, height, target in ((13, 9, (5, 4)), (7, 11, (10, 12)), (40, 3, (6, 6)), (5, 5, (5, 5))):
        y, x, c = np.mgrid[0:height, 0:width, 0:3]
        levels = ((x * x * 31 + y * 57 + x * y * 17 + c * 91) % 256).astype(np.uint8)
        picture = Image.fromarray(levels)
        for name, method in PILLOW.items():
            colour = np.asarray(picture.resize(target, method))
            grey = np.asarray(picture.convert("L").resize(target, method))
            case = {"width": width, "height": height, "target": list(target), "filter": name}
            cases.append(case | {"colour": np.moveaxis(colour, -1, 0).ravel().tolist(), "grey": grey.ravel().tolist()})
    with open(path, "w") as out:
        out.write("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sotto")
    arguments.add_argument("--library", choices=LIBRARIES)
    arguments.add_argument("--golden")
    chosen = arguments.parse_args()
    if chosen.golden:
        golden(chosen.golden)
    if chosen.library:
        compare_library(chosen.sotto, LIBRARIES[chosen.library])
    elif chosen.sotto:
        compare(chosen.sotto)
