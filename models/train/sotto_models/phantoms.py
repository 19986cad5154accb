"""Synthetic chest X-rays for the card: drawings, not pictures of anybody, and so without a true class.

A stylised chest is drawn on a fine grid out of soft-edged shapes and averaged down to 28×28 grey levels: body, dark lungs,
spine and heart, the domes of the diaphragm, shoulders, ribs, and for some an opacity or a haze inside a lung.
"""

import numpy as np

SIDE = 28
#: Points of the fine grid along each side of a pixel.
FINE = 8


def samples():
    """Names and pictures `[1, 28, 28]` of whole grey levels, 0 to 255."""
    return (
        ("Synthetic phantom 1: clear lungs", chest()),
        ("Synthetic phantom 2: with an opacity", chest(opacities=((0.25, 0.60, 0.11, 0.14, 75.0),))),
        ("Synthetic phantom 3: clear lungs, darker exposure", chest(exposure=-22.0, contrast=1.1)),
        ("Synthetic phantom 4: haze in both lungs", chest(haze=46.0, contrast=0.85)),
    )


def chest(opacities=(), haze=0.0, exposure=0.0, contrast=1.0):
    """One drawing. `opacities` are blobs (x, y, radius across, radius down, levels) in units of the side, from the top left."""
    axis = (np.arange(SIDE * FINE) + 0.5) / (SIDE * FINE)
    x, y = axis[None, :], axis[:, None]
    body = 125.0 + 15.0 * y + 0.0 * x
    # Air beside the neck and under the arms.
    body -= 55.0 * _edge(np.abs(x - 0.5) - 0.30 - 1.2 * y, 0.03)
    body -= 45.0 * _edge(np.abs(x - 0.5) - 0.475, 0.01) * _edge(y - 0.25, 0.05)
    right = _blob(x, y, 0.27, 0.47, 0.165, 0.36, 0.10)
    left = _blob(x, y, 0.73, 0.46, 0.155, 0.35, 0.10)
    lungs = np.maximum(right, left)
    # Ribs arch over each lung, seven bright bands that fall off outwards.
    distance = np.abs(np.abs(x - 0.5) - 0.22)
    ribs = 0.5 + 0.5 * np.cos(2.0 * np.pi * (y + 1.6 * distance**2 - 0.04) / 0.105)
    picture = body + lungs * (-55.0 + 22.0 * (ribs - 0.5))
    picture += lungs * haze * np.clip((y - 0.15) / 0.5, 0.0, 1.0)
    for across, down, wide, high, levels in opacities:
        picture += lungs * levels * _blob(x, y, across, down, wide, high, 0.6)
    # Mediastinum with the spine, the heart to the picture's right, the vessels of both hila.
    picture = _cover(picture, 182.0, _edge(0.085 - np.abs(x - 0.5), 0.03))
    picture = _cover(picture, 190.0, _blob(x, y, 0.57, 0.63, 0.18, 0.19, 0.18))
    picture = _cover(picture, 152.0, 0.7 * _blob(x, y, 0.38, 0.46, 0.06, 0.11, 0.6))
    picture = _cover(picture, 152.0, 0.7 * _blob(x, y, 0.62, 0.42, 0.06, 0.11, 0.6))
    # Clavicles and shoulders.
    clavicle = np.abs(y - 0.16 - 0.25 * (np.abs(x - 0.5) - 0.25) ** 2 + 0.12 * (np.abs(x - 0.5) - 0.25))
    picture += 28.0 * _edge(0.022 - clavicle, 0.015) * _edge(0.40 - np.abs(x - 0.5), 0.04)
    # Below the domes of the diaphragm the abdomen is bright.
    dome = np.minimum(0.79 + 1.6 * (x - 0.27) ** 2, 0.82 + 1.6 * (x - 0.73) ** 2)
    picture = _cover(picture, 190.0 + 25.0 * (y - 0.8) - 60.0 * (x - 0.5) ** 2, _edge(y - dome, 0.025) * _edge(0.47 - np.abs(x - 0.5), 0.02))
    picture = (picture - 140.0) * contrast + 140.0 + exposure
    coarse = picture.reshape(SIDE, FINE, SIDE, FINE).mean(axis=(1, 3))
    return np.clip(np.round(coarse), 0.0, 255.0)[None]


def _edge(distance, softness):
    """1 well inside (positive distance), 0 well outside."""
    return 0.5 + 0.5 * np.tanh(distance / softness)


def _blob(x, y, across, down, wide, high, softness):
    """A soft-edged ellipse."""
    return _edge(1.0 - np.sqrt(((x - across) / wide) ** 2 + ((y - down) / high) ** 2), softness)


def _cover(picture, levels, share):
    return picture * (1.0 - share) + levels * share
