"""Converts every exported net, compares float with its own runtime and int8 with float; writes docs/architectures.md.
Called by tools/architectures."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

DOCUMENT = Path("docs/architectures.md")
HEAD = """# Architectures

What `tools/architectures` measured: the nets that courses teach, exported by PyTorch's two exporters and by Keras to TFLite, each
with random weights of a trained net's scale and batch norm statistics from data. Accuracy is therefore not the point here: import, passes and
numerics are.

- *float error*: largest difference between the float program and the net's own runtime (ONNX Runtime; TensorFlow Lite's reference kernels)
  over four inputs, relative to the largest output; at most 1e-4. Two nets amplify rounding: resnet152 (2e-4; both
  runtimes and PyTorch itself are 1.0e-4 to 1.3e-4 away from a float64 computation) and Keras' dcgan_generator (3e-4; LiteRT's own sets of kernels
  are 2.7e-4 apart).
- *int8 SQNR*: of the outputs against float, over eight inputs that the 32 calibration inputs do not contain.
- *instructions* and *float islands* (operators that run in float in the int8 program) are counts in the int8 file; *transposes* are those
  that move elements and that the layout pass left in the graph, other than the net's own shuffles of axes that it split (between two
  reshapes, anchors of a detector).
- *int8 over float*: ratio of the latencies in the same run, one thread of the machine that ran the script.

"""
LARGEST_FLOAT_ERROR = 1e-4
# Random weights in 152 layers amplify the rounding of float32: against float64 outputs PyTorch is 1.3e-4 off, ONNX Runtime 1.0e-4, ours 1.2e-4.
# The first batch norm of Keras' generator has seen single samples, so that its variances are tiny: LiteRT's XNNPACK and built-in kernels are
# 2.7e-4 from its reference kernels, ours 2.4e-4 (1.0e-4 from XNNPACK).
LARGEST_FLOAT_ERRORS = {("resnet152", "torch"): 2e-4, ("dcgan_generator", "keras"): 3e-4}
CALIBRATION = 32


class Failed(Exception):
    pass


def run(*arguments):
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{arguments[1]}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else done.returncode}")
    return done.stdout


def float_error(actual, expected):
    """The largest difference relative to the reference's largest magnitude."""
    if actual.shape != expected.shape and actual.size != expected.size:
        raise Failed(f"output of shape {actual.shape}, expected {expected.shape}")
    return float(np.abs(actual.reshape(expected.shape) - expected).max() / np.abs(expected).max())


def measure(quantize, file, data, work):
    """One row: float error, int8 SQNR, instructions, islands, residual transposes."""
    arrays = np.load(data)
    float_file, int8_file, report = work / "float.swl", work / "int8.swl", work / "report.json"
    run(quantize, file, "--precision", "float", "--force", "-o", float_file)
    name = json.loads(run(quantize, "inspect", float_file, "--json"))["inputs"][0]["name"]
    np.savez(work / "reference.npz", **{name: arrays["x"][: len(arrays["y"])]})
    run(quantize, "run", float_file, "--input", work / "reference.npz", "--output", work / "outputs.npz", "--force")
    outputs = np.load(work / "outputs.npz")
    row = {"float_error": float_error(outputs[outputs.files[0]], arrays["y"])}
    np.savez(work / "calibration.npz", **{name: arrays["x"][:CALIBRATION]})
    np.savez(work / "evaluation.npz", **{name: arrays["x"][CALIBRATION:]})
    run(quantize, file, "--calibrate", work / "calibration.npz", "--report", report, "--force", "-o", int8_file)
    summary = json.loads(report.read_text())
    compared = json.loads(run(quantize, "compare", float_file, int8_file, "--data", work / "evaluation.npz", "--json"))
    row |= {
        "macs": summary["macs"], "instructions": summary["instructions"], "islands": len(summary["quantization"]["islands"]),
        "sqnr": compared["sqnr_db"], "speedup": compared["speedup"],
        "transposes": summary["residual_transposes"],
    }
    return row


def cells(name, exporter, row):
    if "failure" in row:
        return [name, exporter, "-", "-", "-", "-", "-", "-", row["failure"].replace("|", "/")]
    return [
        name, exporter, f"{row['macs'] / 1e6:.1f}", f"{row['float_error']:.1e}", f"{row['sqnr']:.1f}", str(row["instructions"]),
        str(row["islands"]), str(row["transposes"]), f"{row['speedup']:.1f}x"]


def table(rows):
    head = ["net", "exporter", "M MAC", "float error", "int8 SQNR dB", "instructions", "float islands", "transposes", "int8 over float"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join(lines + ["| " + " | ".join(cells(*row)) + " |" for row in rows])


def exported(folder):
    for file in sorted(folder.glob("*.onnx")) + sorted(folder.glob("*.tflite")):
        name, exporter = file.stem.rsplit(".", 1)
        yield name, exporter, file, folder / f"{name}.{'keras' if exporter == 'keras' else 'torch'}.npz"


def measured(quantize, file, data, folder):
    """The row of a net, kept in a file until `quantize` changes: a run that was stopped goes on where it was."""
    work = folder / "work" / file.name
    kept = work / f"{hashlib.sha256(quantize.read_bytes()).hexdigest()[:16]}.json"
    if kept.exists():
        return json.loads(kept.read_text())
    work.mkdir(parents=True, exist_ok=True)
    try:
        row = measure(quantize, file, data, work)
    except Failed as failure:
        return {"failure": str(failure)}
    for left in work.iterdir():
        left.unlink()
    kept.write_text(json.dumps(row))
    return row


def main(quantize, folder, names):
    rows, bad = [], 0
    for name, exporter, file, data in exported(folder):
        if names and name not in names:
            continue
        row = measured(quantize, file, data, folder)
        limit = LARGEST_FLOAT_ERRORS.get((name, "keras" if exporter == "keras" else "torch"), LARGEST_FLOAT_ERROR)
        if "failure" in row or row["float_error"] > limit or row["transposes"] > 0:
            bad += 1
        rows.append((name, exporter, row))
        print(" | ".join(cells(*rows[-1])), flush=True)
    if not names:
        DOCUMENT.write_text(f"{HEAD}{table(rows)}\n")
    print(f"{len(rows) - bad} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]), sys.argv[3:]))
