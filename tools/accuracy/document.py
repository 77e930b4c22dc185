"""docs/accuracy.md: each script writes the sections that it measured and leaves the others as they are."""

import re
from pathlib import Path

DOCUMENT = Path("docs/accuracy.md")
TITLE = "# Accuracy of post-training int8"
# In this order.
PEERS, DRAWS, REFERENCE, CHANNELS, LIMITS, TIME = SECTIONS = (
    "Beside other tools", "Over calibration draws", "Beside a file quantized by its makers", "Unequal channels", "A net that int8 breaks", "Time")


def write(sections):
    """`sections`: heading -> text."""
    parts = re.split(r"^## (.*)\n", DOCUMENT.read_text() if DOCUMENT.exists() else "", flags=re.MULTILINE)
    kept = {heading: text.strip() for heading, text in zip(parts[1::2], parts[2::2])} | {heading: text.strip() for heading, text in sections.items()}
    body = "\n\n".join(f"## {heading}\n{kept[heading]}" for heading in SECTIONS if heading in kept)
    DOCUMENT.write_text(
        f"{TITLE}\n\nWritten by `tools/compare-accuracy` (the first section) and `tools/accuracy-figures` (the others), never by hand.\n\n{body}\n")


def table(header, rows):
    return "\n".join(f"| {' | '.join(map(str, cells))} |" for cells in [header, ["---"] * len(header), *rows])
