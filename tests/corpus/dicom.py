#!/usr/bin/env python3
"""Reads the pictures of PyPI's pydicom and pydicom-data in the page, and compares them with what pydicom makes of them.

    pip install pydicom==3.0.2 pydicom-data==1.0.0 numpy pillow pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg pylibjpeg-rle
    SOTTO_BIN=target/debug/sotto python tests/corpus/dicom.py

Needs what the browser tests need (`cargo xtask setup`, `cargo xtask web`). Prints a table by kind of file. A file is read rightly
when no level of 0 to 255 of its first picture is more than 1 from pydicom's, with the window that the page says it used; of JPEG with 12 bits,
of which decoders round differently, when it is no more than one stored number away.
"""
import hashlib
import logging
import os
import sys
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
import pydicom
from page import read_in_page
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut, pixel_array

warnings.simplefilter("ignore")
logging.getLogger("pydicom").setLevel(logging.CRITICAL)

PREVIEW = 480  # the page's: longest side of what it shows


def files():
    """All files with a picture that pydicom shows, once each."""
    import data_store

    seen = set()
    for root in (Path(pydicom.__file__).parent, Path(list(data_store.__path__)[0])):
        for path in sorted(root.rglob("*")):
            if not path.is_file() or path.suffix in (".py", ".pyc", ".txt", ".json", ".md", ".zip", ".xml"):
                continue
            digest = hashlib.sha256(path.read_bytes()).digest()
            try:
                dataset = pydicom.dcmread(path, force=True)
                if "PixelData" not in dataset or digest in seen:
                    continue
                frame = shown(dataset)
            except Exception:
                continue
            seen.add(digest)
            yield path, dataset, frame


def shown(dataset):
    """The first picture; of lossy JPEG by the decoder that browsers have, too, since decoders differ by some levels where colours are coarse."""
    try:
        return pixel_array(dataset, index=0, decoding_plugin="pillow")
    except Exception:
        return pixel_array(dataset, index=0)


def transformation(dataset):
    """The data set, or functional group of the first picture, that says what numbers mean."""
    for groups in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        for group in dataset.get(groups, [])[:1]:
            for item in group.get("PixelValueTransformationSequence", [])[:1]:
                return item
    return dataset


def levels(dataset, frame, scale):
    """Levels of 0 to 255, of [row, column] or [row, column, channel]."""
    photometric = dataset.PhotometricInterpretation
    if photometric == "PALETTE COLOR":
        colours = apply_color_lut(frame, dataset)[..., :3]
        return colours / (257 if colours.dtype == np.uint16 and colours.max() > 255 else 1)
    if dataset.SamplesPerPixel == 3:
        return frame * (255 / (2.0**dataset.BitsStored - 1))
    values = apply_modality_lut(frame, transformation(dataset)).astype(float)
    if "VOILUTSequence" in dataset:
        table = dataset.VOILUTSequence[0]
        shown = apply_voi_lut(values.astype(frame.dtype), dataset) / (2.0 ** table.LUTDescriptor[2] - 1)
    else:
        window = scale["window"]
        centre, width = window["centre"], window["width"]
        if window.get("sigmoid"):
            shown = 1 / (1 + np.exp(-4 * (values - centre) / width))
        else:
            half = width / 2 if window["exact"] else (width - 1) / 2
            middle = centre if window["exact"] else centre - 0.5
            low, high = middle - half, middle + half
            with np.errstate(divide="ignore", invalid="ignore"):
                shown = np.where(values <= low, 0, np.where(values > high, 1, (values - low) / (high - low)))
    shown = np.clip(shown, 0, 1)
    return 255 * (1 - shown if photometric == "MONOCHROME1" else shown)


def reduced(picture):
    """As the page reduces what it shows: each pixel the mean of those that begin under it."""
    height, width = picture.shape[:2]
    share = min(1, PREVIEW / max(width, height))
    rows, columns = (max(1, int(side * share + 0.5)) for side in (height, width))
    top = np.arange(rows) * height // rows
    left = np.arange(columns) * width // columns
    summed = np.add.reduceat(np.add.reduceat(picture, top, axis=0), left, axis=1)
    counts = np.diff(np.append(top, height))[:, None] * np.diff(np.append(left, width))[None, :]
    return summed / (counts if picture.ndim == 2 else counts[..., None])


def kind(dataset):
    meta = getattr(dataset, "file_meta", None)
    syntax = getattr(meta, "TransferSyntaxUID", None)
    frames = "several pictures" if int(dataset.get("NumberOfFrames") or 1) > 1 else ""
    coding = syntax.name if syntax else "no transfer syntax"
    pixels = f"{dataset.PhotometricInterpretation}, {dataset.BitsAllocated} bits"
    return "; ".join(part for part in (coding, pixels, frames) if part)


def verdict(dataset, frame, answer):
    if not answer["ok"]:
        return "refused", answer["why"]
    result = answer["result"]
    preview = result["preview"]
    shape = (preview["channels"], preview["height"], preview["width"])
    page = np.array(preview["levels"], float).reshape(shape)
    reference = levels(dataset, frame, result["scale"])
    if reference.ndim == 3 and preview["channels"] == 1:
        reference = reference @ (0.299, 0.587, 0.114)
    reference = reduced(reference)
    reference = reference[None] if reference.ndim == 2 else np.moveaxis(reference, 2, 0)
    if reference.shape != page.shape:
        return "wrong", f"{page.shape} in place of {reference.shape}"
    worst = float(np.abs(reference - page).max())
    meta = getattr(dataset, "file_meta", None)
    twelve = getattr(meta, "TransferSyntaxUID", None) == pydicom.uid.JPEGExtended12Bit
    most = max(1, 255 / result["scale"]["window"]["width"]) if twelve else 1
    return ("right" if worst <= most + 0.001 else "wrong"), f"off by {worst:.2f} of 255 levels"


def main():
    corpus = list(files())
    coloured = lambda dataset: dataset.SamplesPerPixel == 3 or dataset.PhotometricInterpretation == "PALETTE COLOR"
    only = os.environ.get("SOTTO_CORPUS_ONLY", "")
    corpus = [item for item in corpus if only in item[0].name]
    corpus.sort(key=lambda item: coloured(item[1]))
    model = lambda dataset: "photo" if coloured(dataset) else "pneumonia"
    made = read_in_page([{"paths": [str(path)], "model": model(dataset)} for path, dataset, _ in corpus])
    table, others = defaultdict(lambda: defaultdict(int)), []
    for (path, dataset, frame), answer in zip(corpus, made, strict=True):
        try:
            found, why = verdict(dataset, frame, answer)
        except Exception as error:
            found, why = "not compared", repr(error)
        table[kind(dataset)][found] += 1
        if found != "right":
            others.append(f"{found}: {path.name} ({kind(dataset)}): {why}")
    print("| kind | read rightly | wrongly | refused |\n|---|---|---|---|")
    for name, counts in sorted(table.items()):
        print(f"| {name} | {counts['right']} | {counts['wrong'] + counts['not compared']} | {counts['refused']} |")
    total = {found: sum(counts[found] for counts in table.values()) for found in ("right", "wrong", "refused", "not compared")}
    print(f"| all {len(corpus)} | {total['right']} | {total['wrong'] + total['not compared']} | {total['refused']} |\n")
    print("\n".join(others))
    return 0 if total["wrong"] == total["not compared"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
