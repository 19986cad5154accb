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
        ("Synthetic phantom 2: with an opacity", chest(opacities=((0.24, 0.58, 0.13, 0.17, 80.0),))),
        ("Synthetic phantom 3: clear lungs, darker exposure", chest(exposure=-22.0, contrast=1.1)),
        ("Synthetic phantom 4: haze in both lungs", chest(haze=46.0, contrast=0.85)),
    )


def chest(opacities=(), haze=0.0, exposure=0.0, contrast=1.0):
    """One drawing. `opacities` are blobs (x, y, radius across, radius down, levels) in units of the side, from the top left."""
    axis = (np.arange(SIDE * FINE) + 0.5) / (SIDE * FINE)
    x, y = axis[None, :], axis[:, None]
    aside = np.abs(x - 0.5)
    # Lungs lean outwards: centre line and half width, from the apex to the base.
    middle = 0.125 + 0.23 * y
    half = 0.175 * np.sqrt(np.clip((y - 0.10) / 0.60, 0.0, 1.0))
    inside = half - np.abs(aside - middle)
    lungs = _edge(inside, 0.035)
    # Air, the arms' shadow, then the chest wall with the shoulder blades outside of the lungs.
    picture = 92.0 + 34.0 * np.exp(-(((y - 0.28) / 0.16) ** 2)) + 0.0 * x
    picture = _cover(picture, 166.0 - 60.0 * np.clip(y - 0.35, 0.0, 1.0), _edge(0.075 - np.abs(aside - middle - half), 0.035))
    picture = _cover(picture, 150.0, _edge(middle - aside, 0.03))
    # Ribs arch over the lungs as bright bands.
    ribs = np.cos(2.0 * np.pi * (y + 1.5 * (aside - 0.2) ** 2) / 0.115)
    picture = _cover(picture, 80.0 + 5.0 * ribs + 22.0 * np.exp(-(((y - 0.25) / 0.12) ** 2)), lungs)
    picture += lungs * haze * np.clip((y - 0.12) / 0.4, 0.0, 1.0)
    for across, down, wide, high, levels in opacities:
        picture += lungs * levels * _blob(x, y, across, down, wide, high, 0.6)
    # The vessels of both hila, the mediastinum with the spine, the heart towards the picture's right.
    picture = _cover(picture, 150.0, 0.5 * _blob(x, y, 0.38, 0.44, 0.08, 0.13, 0.6))
    picture = _cover(picture, 150.0, 0.5 * _blob(x, y, 0.63, 0.42, 0.08, 0.13, 0.6))
    picture = _cover(picture, 165.0 + 30.0 * np.clip((y - 0.1) / 0.5, 0.0, 1.0), _edge(0.085 - np.abs(x - 0.52), 0.04))
    picture = _cover(picture, 180.0, _blob(x, y, 0.56, 0.68, 0.145, 0.18, 0.3))
    # The neck between the shoulders, the clavicles.
    picture = _cover(picture, 184.0, _edge(0.15 - aside, 0.06) * _edge(0.07 - y, 0.04))
    clavicle = np.abs(y - 0.155 - 0.15 * (aside - 0.2))
    picture += 16.0 * _edge(0.025 - clavicle, 0.02) * _edge(0.38 - aside, 0.05)
    # Below the domes of the diaphragm the abdomen is bright.
    dome = np.minimum(0.77 + 0.9 * (x - 0.33) ** 2, 0.80 + 0.9 * (x - 0.70) ** 2)
    picture = _cover(picture, 198.0 + 50.0 * (y - 0.85) - 160.0 * (x - 0.5) ** 2, _edge(y - dome, 0.025) * _edge(0.49 - aside, 0.04))
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
