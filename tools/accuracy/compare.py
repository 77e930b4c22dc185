"""Accuracy of int8 nets quantized after training by Swiftlet, ONNX Runtime and OpenVINO. Called by tools/compare-accuracy."""

import argparse
import json
import math
import sys
from pathlib import Path

import numpy as np

import document
import quantizers
import tasks

HEAD = """What `tools/compare-accuracy` measured. Each tool quantizes the same float ONNX file with the same calibration samples; other samples are scored, by
one script. ONNX Runtime 1.31.1: `quantize_static`, per channel, the best of three calibrators with signed and unsigned activations. OpenVINO
2026.4.1: NNCF 3.4.0, the best of both presets with fast and accurate bias correction. *Best* is by SQNR, chosen on the scored samples: an advantage that ours does not
have. SQNR is of all outputs against float; top-1 with the paired standard error of its difference to float. Nets without
data are fed their reference input with noise of a fifth of its standard deviation; mobilenet_v2 has random weights.

"""


def sqnr(expected, actual):
    signal = sum(float((e.astype(np.float64) ** 2).sum()) for e in expected)
    noise = sum(float(((e.astype(np.float64) - a) ** 2).sum()) for e, a in zip(expected, actual))
    return 10 * math.log10(signal / noise) if noise > 0 and signal > 0 else math.inf


def score(task, expected, actual):
    result = {"sqnr_db": sqnr(expected, actual)}
    if task.labels is not None:
        mine, theirs = actual[0].argmax(1) == task.labels, expected[0].argmax(1) == task.labels
        change = mine.astype(float) - theirs
        result |= {
            "top1": float(mine.mean()), "float_top1": float(theirs.mean()), "paired_standard_error": float(change.std() / math.sqrt(len(change))),
            "agreement": float((actual[0].argmax(1) == expected[0].argmax(1)).mean())}
    return result


def best_of(task, expected, make, choices):
    found = []
    for choice in choices:
        try:
            found.append(score(task, expected, make(task, *choice)) | {"choice": " ".join(map(str, choice))})
        except Exception as error:  # A tool that cannot take a net with one choice may with another.
            print(f"{task.name}: {make.__name__} {choice}: {str(error).splitlines()[0][:160] if str(error) else type(error).__name__}", file=sys.stderr)
    return max(found, key=lambda result: result["sqnr_db"], default=None)


def cell(result):
    if result is None:
        return "-"
    accuracy = f", {100 * result['top1']:.2f} % +- {100 * result['paired_standard_error']:.2f}" if "top1" in result else ""
    return f"{result['sqnr_db']:.1f} dB{accuracy}"


def table(rows):
    def accuracy(row):
        return f"{100 * row['swiftlet']['float_top1']:.2f} %" if "float_top1" in row["swiftlet"] else "-"

    return document.table(
        ["net", "float top-1", "Swiftlet", "ONNX Runtime", "OpenVINO"],
        [[row["net"], accuracy(row), *(cell(row[tool]) for tool in ("swiftlet", "onnx_runtime", "openvino"))] for row in rows])


def behind(row):
    """What ours is worse in than a peer."""
    mine, found = row["swiftlet"], []
    for tool in ("onnx_runtime", "openvino"):
        theirs = row[tool]
        if theirs is None:
            continue
        if theirs["sqnr_db"] > mine["sqnr_db"]:
            found.append(f"{row['net']}: {mine['sqnr_db']:.1f} dB, {tool} {theirs['sqnr_db']:.1f} dB ({theirs['choice']})")
        if "top1" in mine and theirs["top1"] - mine["top1"] > mine["paired_standard_error"]:
            found.append(f"{row['net']}: top-1 {mine['top1']:.4f}, {tool} {theirs['top1']:.4f}")
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("quantize", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--models", type=Path, default=Path("../shared/models"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--peers-from", type=Path)
    options = parser.parse_args()
    known = {row["net"]: row for row in json.loads(options.peers_from.read_text())} if options.peers_from else {}
    rows = []
    for name in options.names or tasks.NAMES:
        task = tasks.load(name, options.folder, options.models, options.data, options.seed)
        if task is None:
            print(f"{name}: skipped, its files are not there", file=sys.stderr)
            continue
        expected = quantizers.onnx_outputs(task.net, task)
        row = {"net": name, "swiftlet": score(task, expected, quantizers.swiftlet(options.quantize.resolve(), task))}
        row["onnx_runtime"] = row["openvino"] = None
        if name in known:
            row |= {tool: known[name][tool] for tool in ("onnx_runtime", "openvino")}
        elif not options.ours_only:
            row["onnx_runtime"] = best_of(task, expected, quantizers.onnx_runtime, quantizers.ONNX_RUNTIME)
            row["openvino"] = best_of(task, expected, quantizers.openvino, quantizers.OPENVINO)
        rows.append(row)
        print(table(rows).splitlines()[-1], flush=True)
    failures = [line for row in rows for line in behind(row)]
    if failures:
        print("behind:\n  " + "\n  ".join(failures))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")
    if len(rows) == len(tasks.NAMES) and all(row["net"] in known or not options.ours_only for row in rows):
        document.write({document.PEERS: HEAD + table(rows)})
    return 1 if failures or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
