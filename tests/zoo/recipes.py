"""Runs the blocks of docs/recipes.md, one after the other in one folder, and stops at the first that fails.

    python recipes.py [--sotto ../../target/debug/sotto]
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "recipes.md")
BLOCK = re.compile(r"^(?:## (?P<title>[^\n]+)|```(?P<kind>\w+) ?(?P<file>\S*)\n(?P<text>.*?)^```)$", re.M | re.S)


def run(kind: str, file: str, text: str, folder: str, path: str):
    """Writes a block's file, or runs it."""
    if file:
        with open(os.path.join(folder, file), "w") as out:
            out.write(text)
        return
    command = [sys.executable, "-c", text] if kind == "python" else ["sh", "-ec", text]
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}\nexit code {done.returncode}")
    for line in done.stdout.splitlines() if kind == "sh" else []:
        if re.match(r"calibration rows|held-out rows", line):
            print("   ", line[:160])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sotto", default="../../target/debug/sotto", help="the command")
    args = parser.parse_args()
    path = os.path.dirname(os.path.abspath(args.sotto)) + os.pathsep + os.environ["PATH"]
    with open(PAGE) as page, tempfile.TemporaryDirectory() as folder:
        for block in BLOCK.finditer(page.read()):
            if block["title"]:
                print(block["title"], flush=True)
                continue
            start = time.monotonic()
            run(block["kind"], block["file"], block["text"], folder, path)
            print(f"    {block['kind']}: {time.monotonic() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
