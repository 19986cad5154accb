"""Writes the outcomes of runs as a page.

    python table.py outcomes.json … > ../../docs/benchmarks/zoo.md
"""

import json
import re
import sys

from zoo import FAMILIES, entries

HEAD = """# A zoo of models

What became of models as today's tools write them: each is exported, imported with `sotto import`, and its fixed-point scores of
rows that calibration did not see are compared with onnxruntime's. The list stood before the importer was written for it. Packages
are pinned in `tests/zoo/requirements.txt`; weights are random, widths 16 bits, and 18 for published architectures. Errors are of the
largest score.

    cd tests/zoo
    python zoo.py --cache DIR --sotto ../../target/release/sotto --json zoo.json
    python table.py zoo.json > ../../docs/benchmarks/zoo.md
"""


def reason(outcome) -> str:
    """The error's size, or why a file is refused without its name and the node's."""
    text = outcome["reason"].removeprefix("largest error ").removeprefix("sotto: ").removeprefix("model.onnx: ")
    text = re.sub(r"node '[^']*'( \(\w+\))?: ", "", text)
    return (text if len(text) < 130 else text[:127] + "…").replace("|", "\\|")


def totals(outcomes):
    families = list(dict.fromkeys(o["family"] for o in outcomes))
    yield "| family | entries | to import | import | to refuse | refused for the reason named |"
    yield "|---|---|---|---|---|---|"
    for family in [*families, "all"]:
        of = [o for o in outcomes if family in (o["family"], "all")]
        counts = [len(of)] + [
            sum(o[key] == value for o in of)
            for key, value in [("expected", "imports"), ("result", "imports"), ("expected", "refused"), ("result", "refused")]
        ]
        yield "| " + " | ".join([family, *map(str, counts)]) + " |"


def left_out(outcomes):
    """Entries that no run had."""
    seen = {(o["name"], o["exporter"]) for o in outcomes}
    names = [e.name for e in entries(FAMILIES) if (e.name, e.exporter) not in seen]
    if names:
        yield "\nNot run: " + ", ".join(names) + "."


def main():
    outcomes = [outcome for path in sys.argv[1:] for outcome in json.load(open(path))]
    print(HEAD)
    print("\n".join([*totals(outcomes), *left_out(outcomes)]) + "\n")
    print("| model | exporter | expected | result | error or reason |\n|---|---|---|---|---|")
    for o in outcomes:
        print(f"| {o['name']} | {o['exporter']} | {o['expected']} | {o['result']} | {reason(o)} |")


if __name__ == "__main__":
    main()
