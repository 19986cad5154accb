"""What the page makes of files, by the browser that the tests use."""
import json
import os
import subprocess
import tempfile
from pathlib import Path

BROWSER = Path(__file__).resolve().parent.parent / "browser"


def read_in_page(asked):
    """For each of {"paths": files that are chosen together, "model": one that reads such}: {"ok": True, "result"} or {"ok": False, "why"}."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "list.json"
        listed.write_text(json.dumps(asked))
        environment = {**os.environ, "SOTTO_CORPUS": str(listed)}
        command = ["npx", "playwright", "test", "--config", "corpus.config.ts", "--project", "chromium"]
        subprocess.run(command, cwd=BROWSER, env=environment, check=True)
        return json.loads(listed.with_suffix(".json.made").read_text())
