#!/usr/bin/env bash
# zune-jpeg's decoding of a JPEG file with halved colours (4:2:0, what cameras and Pillow write) whose sides are no multiple of 16.
#
# A good guess: decoders differ by a level or three, as their inverse transforms round differently, and nowhere by more.
# What happens: inside, zune-jpeg is within 4 levels of libjpeg-turbo (which Pillow, OpenCV and browsers use); in the last column, up to
# 28. jpeg-decoder, an older crate of the same purpose, is within 3 everywhere.
# Versions: zune-jpeg 0.5.15, jpeg-decoder 0.3.2, Pillow 12.3.0, numpy 2.4.6, Python 3.11, Rust 1.95. Seen on 2026-11-28.
# Why users care: `image` decodes JPEG with it, so Rust programs that prepare pictures for a network, or compare pictures, see an edge that
# no other decoder shows, for most sizes of pictures.
# Needed: Rust 1.95 or later, Python 3.11 or later with venv, and what cargo and pip need to reach their packages.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pillow==12.3.0 numpy==2.4.6
cat >Cargo.toml <<'TOML'
[package]
name = "decode"
edition = "2024"
[dependencies]
jpeg-decoder = { version = "=0.3.2", default-features = false }
zune-jpeg = "=0.5.15"
TOML
mkdir src
cat >src/main.rs <<'RUST'
use zune_jpeg::zune_core::bytestream::ZCursor;

fn main() {
    let bytes = std::fs::read("drawn.jpg").unwrap();
    std::fs::write("zune-jpeg", zune_jpeg::JpegDecoder::new(ZCursor::new(&bytes)).decode().unwrap()).unwrap();
    std::fs::write("jpeg-decoder", jpeg_decoder::Decoder::new(&bytes[..]).decode().unwrap()).unwrap();
}
RUST
cat >draw.py <<'PY'
import numpy as np
from PIL import Image

y, x = np.mgrid[0:225, 0:300]
picture = np.stack([(x * 3 + y) % 256, (y * 2) % 256, (x * x // 7 + y * 5) % 256], -1).astype(np.uint8)
Image.fromarray(picture).save("drawn.jpg", quality=75)
PY
cat >compare.py <<'PY'
import numpy as np
from PIL import Image

libjpeg = np.asarray(Image.open("drawn.jpg")).astype(int)
for name in ("zune-jpeg", "jpeg-decoder"):
    apart = abs(np.fromfile(name, np.uint8).reshape(libjpeg.shape).astype(int) - libjpeg).max(-1)
    print(f"{name}: up to {apart[:-1, :-1].max()} levels inside, {apart[:, -1].max()} in the last column")
PY
venv/bin/python draw.py
cargo run --quiet
venv/bin/python compare.py | tee seen
expected="zune-jpeg: up to 4 levels inside, 28 in the last column
jpeg-decoder: up to 3 levels inside, 3 in the last column"
[ "$(cat seen)" = "$expected" ] || { echo "changed: other differences than in $(basename "$0")" >&2; exit 1; }
