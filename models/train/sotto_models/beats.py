"""Synthetic heartbeats for the card: sums of bell curves, not recordings of anybody, and so without a true class."""

import numpy as np

RATE = 180
LENGTH = 128
#: Where the R peak is.
PEAK = 64

# Each wave: millivolts, centre and width (standard deviation) in seconds from the R peak.
P = (0.14, -0.165, 0.022)
NARROW = ((-0.10, -0.030, 0.009), (1.15, 0.0, 0.011), (-0.24, 0.030, 0.011))
T = (0.28, 0.235, 0.042)
# A ventricular beat: broad, without a P wave, the T wave against the main deflection.
WIDE = ((1.55, 0.0, 0.034), (-0.55, 0.095, 0.040), (-0.42, 0.235, 0.050))
WIDE_DOWN = ((0.25, -0.055, 0.020), (-1.60, 0.0, 0.036), (0.50, 0.190, 0.060))


def samples():
    """Names and signals `[1, 128]` in millivolts, in steps of 0.005."""
    return (
        ("Synthetic beat 1: normal shape", beat((P, *NARROW, T))),
        ("Synthetic beat 2: normal shape, low voltage", beat((P, *NARROW, T), gain=0.6)),
        # Its P wave rides on the T wave of the beat before, which came 0.46 s earlier.
        ("Synthetic beat 3: narrow and early", beat(((0.12, -0.130, 0.018), *NARROW, T, (0.28, -0.235, 0.042), (1.15, -0.46, 0.011)))),
        ("Synthetic beat 4: wide, like a ventricular beat", beat(WIDE)),
        ("Synthetic beat 5: wide and downward", beat(WIDE_DOWN)),
    )


def beat(waves, gain=1.0, baseline=-0.3):
    """The sum of the waves on a baseline, which is where the training beats have theirs."""
    seconds = (np.arange(LENGTH) - PEAK) / RATE
    signal = sum(height * np.exp(-0.5 * ((seconds - centre) / width) ** 2) for height, centre, width in waves)
    return np.round((gain * signal + baseline) * 200.0)[None] / 200.0
