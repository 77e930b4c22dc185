"""The table of docs/onnx-conformance.md: a row an operator, the same text for the same results."""

import re
from collections import Counter, defaultdict

import onnx

from cases import MINIMUM_CASES
from runs import AS_CONSTANTS, AS_IS, FOLDED, PASSES, REFUSED, WRONG

# As many cases of each kind pass at least.
PASS_FLOORS = {"node": 1255, "simple": 7, "pytorch-converted": 82, "pytorch-operator": 31, "light": 6}

SKIPPED = "skipped"
COLUMNS = [AS_IS, AS_CONSTANTS, FOLDED, REFUSED, SKIPPED, WRONG]

HEAD = """# ONNX conformance

The backend test cases of the `onnx` package {version}, each converted with `quantize --precision float`, run with `quantize run` and
compared within the suite's own tolerances (relative 1e-3, absolute 1e-7 unless the case says otherwise; two units of float16 or
bfloat16 where the reference was rounded to that, because every float computes in float32 here); an output must be bool, integer or
float as the reference is. NonMaxSuppression gives rows of -1 behind the selected boxes, which are cut off first. Written by `tools/onnx-conformance`,
which fails where a result is wrong that the skip list does not name.

- **as is**: the case's model, every input given at run time.
- **as constants**: passes with initializers made of inputs that a compiled net must know: shapes, axes, weights.
- **folded**: passes with all inputs constant: the converter computes the net, or it has no inputs.
- **refused**: the converter reports the node and why. **skipped**: on the skip list, with its reason. **wrong**: another result.

"""


def outcome(case, result, skips):
    if skips.reason(case) and (result is None or result.outcome not in PASSES):
        return SKIPPED
    return result.outcome


def table(cases, results, skips):
    outcomes = [outcome(case, result, skips) for case, result in zip(cases, results)]
    parts = [HEAD.format(version=onnx.__version__)]
    parts.append("| kind | cases | passed | " + " | ".join(COLUMNS) + " |\n" + "|---" * (len(COLUMNS) + 3) + "|\n")
    for kind in MINIMUM_CASES:
        parts.append(_row(kind, [o for case, o in zip(cases, outcomes) if case.kind == kind]))
    parts.append("\n## By operator\n\n| operator | cases | passed | " + " | ".join(COLUMNS) + " | why not |\n" + "|---" * (len(COLUMNS) + 4) + "|\n")
    groups, reasons = defaultdict(list), defaultdict(Counter)
    for case, result, found in zip(cases, results, outcomes):
        groups[case.operator].append(found)
        if found == SKIPPED:
            reasons[case.operator][skips.reason(case)] += 1
        elif found not in PASSES:
            reasons[case.operator][_message(result.reason)] += 1
    for operator in sorted(groups, key=lambda name: (name.lower(), name)):
        common = sorted(reasons[operator].items(), key=lambda item: (-item[1], item[0]))[:2]
        parts.append(_row(operator, groups[operator], "; ".join(reason for reason, _ in common)))
    return "".join(parts)


def _row(name, outcomes, reason=None):
    counts = Counter(outcomes)
    cells = [name, len(outcomes), sum(counts[o] for o in PASSES)] + [counts[column] or "" for column in COLUMNS]
    return "| " + " | ".join(str(cell) for cell in cells + ([reason] if reason is not None else [])) + " |\n"


def _message(reason):
    """A diagnostic without the node that it names."""
    text = re.sub(r"^\[[a-z-]+\] ", "", reason)
    text = re.sub(r"^(\S+ )?'[^']*'( \([^)]*\))?: ", "", text)
    return text.replace("|", "\\|")


def summary(cases, results, skips):
    counts = Counter((case.kind, outcome(case, result, skips)) for case, result in zip(cases, results))
    lines = []
    for kind in MINIMUM_CASES:
        total = sum(count for (k, _), count in counts.items() if k == kind)
        passed = sum(counts[kind, o] for o in PASSES)
        lines.append(f"{kind}: {passed} of {total} pass, {counts[kind, REFUSED]} refused, {counts[kind, SKIPPED]} skipped, {counts[kind, WRONG]} wrong")
    return "\n".join(lines)
