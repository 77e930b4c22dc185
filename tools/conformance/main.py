"""Runs the onnx package's backend test cases through `quantize`. Called by tools/onnx-conformance."""

import argparse
import fnmatch
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cases import load_cases
from report import PASS_FLOORS, summary, table
from runs import PASSES, REFUSED, WRONG, attempt
from skips import Skips

BUILD = Path(".build/onnx-conformance")
PAGE = Path("docs/onnx-conformance.md")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("quantize", type=Path)
    parser.add_argument("--only", default="*")
    arguments = parser.parse_args()
    skips = Skips(Path(__file__).with_name("skips.txt"))
    cases = [case for case in load_cases() if fnmatch.fnmatch(case.name, arguments.only)]

    def judge(case):
        reason = skips.reason(case)
        if reason and case.edge_types:
            return None
        # Of a case on the skip list one form tells whether it still belongs there.
        return attempt(case, arguments.quantize, BUILD / case.kind / case.name, first_form_only=bool(reason))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(judge, cases))

    troubles = []
    for case, result in zip(cases, results):
        if result is None:
            continue
        reason = skips.reason(case)
        if reason and result.outcome in PASSES:
            troubles.append(f"{case.name} passes, though the skip list says: {reason}")
        elif result.outcome == WRONG and not reason:
            troubles.append(f"{case.name} ({case.operator}): {result.reason}")
        elif result.outcome == REFUSED and not reason and arguments.only != "*":
            print(f"{case.name} ({case.operator}): {result.reason}")
    if arguments.only == "*":
        troubles += [f"the skip list's line '{line}' fits no case" for line in skips.unused]
        page = table(cases, results, skips)
        PAGE.write_text(page)
        print(page)
    print(summary(cases, results, skips))
    for kind, floor in PASS_FLOORS.items() if arguments.only == "*" else ():
        count = sum(case.kind == kind and result is not None and result.outcome in PASSES for case, result in zip(cases, results))
        if count < floor:
            troubles.append(f"{count} cases of kind '{kind}' pass, it used to be {floor}")
        elif count > floor:
            print(f"{count} cases of kind '{kind}' pass: raise its floor of {floor} in tools/conformance/report.py")
    for trouble in troubles:
        print(trouble, file=sys.stderr)
    sys.exit(1 if troubles else 0)


main()
