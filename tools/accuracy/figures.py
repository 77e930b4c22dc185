"""What int8 must show besides being ahead of other tools: over calibration draws, with unlike channels, with a limit to hold, in time.
Called by tools/accuracy-figures."""

import argparse
import contextlib
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import document
import quantizers
import surgery
import tasks
from compare import score, sqnr

DRAWN = ["mlperf_kws", "mlperf_ic", "ort_mnist8", "keypoint_mlp", *(name for name in tasks.BUNDLED if not tasks.BUNDLED[name] and name != "conv-autoencoder")]
DRAW_COUNT = 5
LARGEST_DROP, LEAST_AGREEMENT = 0.2, 98.5
LEAST_AD_SQNR = 34
LARGEST_CHANNEL_LOSS, OCTAVES = 1, 4
SECONDS = {"fast": 40, "balanced": 180}
TIMED_SAMPLES = 128


class Figures:
    """Sections of the document, and the bars that were missed."""

    def __init__(self, options):
        self.options, self.quantize = options, options.quantize.resolve()
        self.sections, self.missed = {}, []

    def bar(self, holds, text):
        if not holds:
            self.missed.append(text)
        return "" if holds else " **missed**"

    def task(self, name, seed=0):
        return tasks.load(name, self.options.folder, self.options.models, self.options.data, seed)

    # Top-1 over five draws of the calibration samples.

    def draws(self):
        rows = []
        for name in DRAWN:
            found = self.draw(name)
            if found is None:
                print(f"{name}: skipped, its files are not there", file=sys.stderr)
                continue
            float_top1, int8_top1, drop, error, agreement, decibels = found
            holds = self.bar(
                drop <= LARGEST_DROP + error and agreement >= LEAST_AGREEMENT,
                f"{name}: {drop:.2f} points below float (standard error {error:.2f}), agreement {agreement:.2f} %")
            rows.append([name, f"{float_top1:.2f} %", f"{int8_top1:.2f} %", f"{-drop:+.2f} +- {error:.2f}", f"{agreement:.2f} %{holds}",
                         " ".join(f"{value:.1f}" for value in decibels)])
            print(*rows[-1], sep=" | ", flush=True)
        self.sections[document.DRAWS] = (
            f"{DRAW_COUNT} random draws of 100 calibration samples; each draw is scored on samples that it did not calibrate on, and the figures are means "
            "over the draws. The standard error is of the difference to float, paired by sample. Bars: no more than "
            f"{LARGEST_DROP} points and one standard error below float, agreement of at least {LEAST_AGREEMENT} %.\n\n"
            + document.table(["net", "float top-1", "int8 top-1", "difference, points", "agreement", "SQNR of each draw, dB"], rows))

    def draw(self, name):
        """Float top-1, int8 top-1, how far below, its standard error, agreement (all of 100), SQNR of each draw; None where files are missing."""
        changes, rights, agreements, decibels = {}, {}, [], []
        for seed in range(DRAW_COUNT):
            task = self.task(name, seed)
            if task is None:
                return None
            if task.scored is None:
                task = redrawn(task, seed)
            expected = quantizers.onnx_outputs(task.net, task)
            actual = quantizers.swiftlet(self.quantize, task)
            mine, theirs = [(outputs[0].argmax(1) == task.labels).astype(float) for outputs in (actual, expected)]
            for sample, right, change in zip(task.scored, theirs, mine - theirs):
                changes.setdefault(sample, []).append(change)
                rights.setdefault(sample, []).append(right)
            agreements.append(float((actual[0].argmax(1) == expected[0].argmax(1)).mean()))
            decibels.append(sqnr(expected, actual))
        # A sample's changes in several draws are one observation: draws share nets and most samples.
        change = np.array([np.mean(values) for values in changes.values()])
        right = np.mean([np.mean(values) for values in rights.values()])
        return (100 * right, 100 * (right + change.mean()), -100 * change.mean(), 100 * change.std() / math.sqrt(len(change)),
                100 * np.mean(agreements), decibels)

    # The MLPerf Tiny anomaly detector beside the int8 file that comes with it.

    def reference(self):
        task = self.task("mlperf_ad")
        file = self.options.models / "mlperf_ad" / "model_int8.tflite"
        if task is None or not file.exists():
            return print("mlperf_ad: skipped, its files are not there", file=sys.stderr)
        expected = quantizers.onnx_outputs(task.net, task)
        mine = sqnr(expected, quantizers.swiftlet(self.quantize, task))
        theirs = sqnr(expected, [tflite_outputs(file, task.evaluation)])
        holds = self.bar(mine >= LEAST_AD_SQNR, f"mlperf_ad: {mine:.1f} dB, {LEAST_AD_SQNR} wanted")
        self.sections[document.REFERENCE] = (
            f"The anomaly detector of MLPerf Tiny, its float file quantized here: {mine:.1f} dB of SQNR on 40 disturbed inputs, calibrated on 40 others "
            f"(bar: {LEAST_AD_SQNR} dB){holds}. The int8 file that comes with it, run by LiteRT on the same inputs: {theirs:.1f} dB.")
        print(self.sections[document.REFERENCE], flush=True)

    # Channels scaled by random powers of two.

    def channels(self):
        rows = []
        for label, ceilings in (("ReLU6: linear tensors scaled", True), ("ReLU in place of ReLU6: all tensors scaled", False)):
            task = self.task("mobilenet_v2")
            if task is None:
                return print("mobilenet_v2: skipped, its files are not there", file=sys.stderr)
            with tempfile.TemporaryDirectory() as work:
                if not ceilings:
                    task.net = surgery.without_ceilings(task.net, Path(work) / "relu.onnx")
                expected = quantizers.onnx_outputs(task.net, task)
                before = sqnr(expected, quantizers.swiftlet(self.quantize, task))
                target = Path(work) / "unequal.onnx"
                tensors, channels = surgery.with_unequal_channels(task.net, target, OCTAVES)
                task.net = target
                # Against the untouched net's outputs: the function is the same.
                kept = sqnr(expected, quantizers.onnx_outputs(target, task))
                after = sqnr(expected, quantizers.swiftlet(self.quantize, task))
                unaided = sqnr(expected, quantizers.swiftlet(self.quantize, task, ["--effort", "fast"]))
            holds = self.bar(before - after <= LARGEST_CHANNEL_LOSS, f"{label}: {after:.1f} dB with unequal channels, {before:.1f} without")
            rows.append([label, f"{tensors} tensors, {channels} channels", f"{before:.1f} dB", f"{after:.1f} dB{holds}", f"{unaided:.1f} dB", f"{kept:.0f} dB"])
            print(*rows[-1], sep=" | ", flush=True)
        self.sections[document.CHANNELS] = (
            f"MobileNetV2 224 (random weights) whose channels are scaled by powers of two drawn from 2^-{OCTAVES} ... 2^{OCTAVES}, the layers around them taking "
            f"it back: the same float function. Bar: within {LARGEST_CHANNEL_LOSS} dB of the net as it was. `--effort fast` equalizes no channels.\n\n"
            + document.table(["net", "scaled", "as it was", "scaled", "scaled, `fast`", "float, against float as it was"], rows))

    # One layer with outlier activations.

    def limits(self):
        task = self.task("mlp128")
        with tempfile.TemporaryDirectory() as work:
            outliers = surgery.with_outliers(task.net, Path(work) / "outliers.onnx", "/1/Gemm", [5, 77], 256, 8)
            task.net = Path(work) / "outliers.onnx"
            labelled = Path(work) / "judged.npz"
            # What it is judged on is not what it is scored on.
            judged, scored = slice(0, 300), slice(300, None)
            np.savez(labelled, **{task.input: task.evaluation[judged], "y": task.labels[judged]})
            task.evaluation, task.labels = task.evaluation[scored], task.labels[scored]
            expected = quantizers.onnx_outputs(task.net, task)
            rows = []
            for arguments in ([], ["--max-drop", "0.5", "--data", labelled], ["--min-sqnr", "30", "--data", labelled]):
                report = {}
                result = score(task, expected, quantizers.swiftlet(self.quantize, task, arguments, report))
                promotion = report["quantization"].get("promotion") or {}
                promotions = promotion.get("promotions", [])
                said = "; ".join(f"{p['op']} {code(p.get('tensor') or p['layer'])} to {p['precision']}" for p in promotions) or "none"
                flag = " ".join(map(str, arguments[:2])) or "no limit"
                drop = 100 * (result["float_top1"] - result["top1"])
                holds = ""
                if arguments:
                    names = {p.get("tensor") or p["layer"] for p in promotions} | {p["layer"] for p in promotions}
                    recovers = drop <= 0.5 + 100 * result["paired_standard_error"] if arguments[0] == "--max-drop" else result["sqnr_db"] >= 29
                    holds = self.bar(
                        recovers and bool(names & set(outliers)), f"{flag}: {drop:.2f} points lost, {result['sqnr_db']:.1f} dB, promoted: {said}")
                    holds += self.bar(self.is_least(task, arguments, promotions), f"{flag}: fewer promotions hold it than {said}")
                else:
                    self.bar(drop > 5, f"the net with outliers: int8 loses only {drop:.2f} points, so nothing is shown")
                rows.append([code(flag) if arguments else flag, f"{100 * result['top1']:.2f} %", f"{result['sqnr_db']:.1f} dB", said,
                             f"{100 * promotion.get('cost_increase', 0):.1f} %{holds}"])
                print(*rows[-1], sep=" | ", flush=True)
        self.sections[document.LIMITS] = (
            f"`mlp128` of the bundled nets, its ReLU replaced by hard swish with two of 128 channels 256 times as large as the others, which the next layer takes "
            f"back: float {100 * result['float_top1']:.2f} % top-1 on 300 digits, which neither calibration nor the limits saw. Outliers lie in "
            f"{' and '.join(map(code, outliers))}; hard swish does not commute with factors, so that no channel can be equalized. Bars: the limit holds, the "
            "promotions name that layer, and it holds no more once any one of them is taken back.\n\n"
            + document.table(["asked", "int8 top-1", "SQNR", "promoted", "cost model's increase"], rows))

    def is_least(self, task, arguments, promotions):
        """Whether the limit fails on the judged samples without any one of the promotions."""
        def precision(kept):
            return [part for p in kept for part in ("--precision", f"{p.get('tensor') or p['layer']}={p['precision']}")]

        for left_out in promotions:
            report = {}
            quantizers.swiftlet(self.quantize, task, [*precision([p for p in promotions if p is not left_out]), *arguments], report)
            # Held without more: then this promotion was not needed.
            if not report["quantization"]["promotion"]["promotions"]:
                return False
        return True

    # Seconds on this machine.

    def time(self):
        net = tasks.net_of("mobilenet_v2", self.options.folder, self.options.models)
        if not net.exists():
            return print("mobilenet_v2: skipped, its files are not there", file=sys.stderr)
        rows = []
        with tempfile.TemporaryDirectory() as work:
            calibration = Path(work) / "calibration.npz"
            name, shape = tasks.input_of(net)
            np.savez(calibration, **{name: tasks.samples("mobilenet_v2", TIMED_SAMPLES, shape[1:])[:, None].reshape(-1, *shape)})
            for effort, limit in SECONDS.items():
                load, before, start = os.getloadavg()[0], resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
                subprocess.run([self.quantize, net, "--calibrate", calibration, "--effort", effort, "-o", Path(work) / f"{effort}.swl"], check=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
                used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                holds = self.bar(wall <= limit, f"--effort {effort}: {wall:.0f} s of {limit} (processor time {used:.0f} s, load before {load:.1f})")
                rows.append([f"`{effort}`", f"{wall:.1f} s", f"{used:.1f} s", f"{load:.1f}", f"{limit} s{holds}"])
                print(*rows[-1], sep=" | ", flush=True)
        self.sections[document.TIME] = (
            f"`quantize` of MobileNetV2 224 with {TIMED_SAMPLES} calibration samples, {os.cpu_count()} processors ({processor()}). The load is the number of other "
            "running processes, a minute's mean before the start: above 0 they took part of the time.\n\n"
            + document.table(["effort", "wall time", "processor time", "load", "bar"], rows))


def code(text):
    return f"`{text}`"


def redrawn(task, seed):
    """Calibration samples of a bundled net drawn from both of its files; scored are those left of the evaluation file."""
    rng = np.random.default_rng(seed)
    pool = np.concatenate([task.calibration, task.evaluation])
    chosen = rng.permutation(len(pool))[: tasks.CALIBRATION]
    first = len(task.calibration)
    scored = np.setdiff1d(np.arange(first, len(pool)), chosen)
    return tasks.Task(task.name, task.net, task.input, pool[chosen], pool[scored], task.labels[scored - first], scored)


def tflite_outputs(file, inputs):
    from ai_edge_litert.interpreter import Interpreter

    net = Interpreter(str(file))
    net.allocate_tensors()
    source, target = net.get_input_details()[0], net.get_output_details()[0]
    (scale, zero), (output_scale, output_zero) = source["quantization"], target["quantization"]
    rows = []
    for x in inputs:
        net.set_tensor(source["index"], np.clip(np.rint(x.reshape(source["shape"]) / scale) + zero, -128, 127).astype(np.int8))
        net.invoke()
        rows.append((net.get_tensor(target["index"]).astype(np.float32).ravel() - output_zero) * np.float32(output_scale))
    return np.stack(rows)


def processor():
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return "unknown"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("quantize", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("figures", nargs="*")
    parser.add_argument("--models", type=Path, default=Path("../shared/models"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    known = ["draws", "reference", "channels", "limits", "time"]
    if unknown := [name for name in options.figures if name not in known]:
        parser.error(f"no such figure: {', '.join(unknown)}; there are {', '.join(known)}")
    figures = Figures(options)
    for name in options.figures or known:
        getattr(figures, name)()
    document.write(figures.sections)
    if options.json:
        options.json.write_text(json.dumps({"sections": figures.sections, "missed": figures.missed}, indent=2) + "\n")
    if figures.missed:
        print("missed:\n  " + "\n  ".join(figures.missed))
    return 1 if figures.missed or not figures.sections else 0


if __name__ == "__main__":
    sys.exit(main())
