"""Float against stored references, int8 against float, for every trained model of a folder. Called by tools/trained-models."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

# Sizes for dynamic axes, as in the stored references.
SHAPES = {"ppocr_cls": "x=1,3,48,192", "ppocr_rec_en": "x=1,3,32,320"}
# Int8 files: their reference is int8 too, and the float twin only comes near it.
QUANTIZED = {"magic_wand", "mltk_rps"}
RECURRENT = {"dtln_1", "mnist_lstm_tflm", "ppocr_rec_en"}
FLOAT_LIMIT = {"squeezenet_fp16": 2e-3, "style_transfer": 2e-3}
CALIBRATION, EVALUATION = 32, 6


class Failed(Exception):
    pass


def run(*arguments):
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("error")]
        raise Failed((errors or [f"status {done.returncode}"])[0])
    return done.stdout


def relative_error(outputs, reference):
    worst = 0.0
    for key in (key for key in reference.files if key.startswith("out:")):
        name, _, step = key[4:].partition("@stride")
        values = outputs[name] if name in outputs.files else outputs[outputs.files[0]]
        expected = reference[key].astype(np.float32).ravel()
        values = values.astype(np.float32).ravel()[:: int(step or 1)]
        if values.size != expected.size:
            raise Failed(f"output {name} has {values.size} elements, expected {expected.size}")
        worst = max(worst, float(np.abs(values - expected).max() / max(np.abs(expected).max(), np.finfo(np.float32).tiny)))
    return worst


def disturbed(inputs, count):
    """Copies of the reference inputs: floats with a tenth of their largest magnitude as noise, integers moved by one in ten places."""
    rng = np.random.default_rng(7)
    result = {}
    for name, value in inputs.items():
        copies = np.repeat(value[None], count, 0)
        if value.dtype.kind == "f":
            noise = np.abs(value).max() * rng.uniform(-0.1, 0.1, copies.shape)
            noise[0] = 0
            copies = (copies + noise).astype(value.dtype)
        else:
            moved = rng.random(copies.shape) < 0.1
            copies = np.where(moved, rng.permuted(copies, axis=-1), copies).astype(value.dtype)
        result[name] = copies
    return result


def measure(quantize, model, work):
    reference = np.load(model.parent / "ref.npz")
    shape = ["--shape", SHAPES[model.parent.name]] if model.parent.name in SHAPES else []
    float_file, int8_file, report = work / "float.swl", work / "int8.swl", work / "report.json"
    run(quantize, model, "--precision", "float", *shape, "--force", "-o", float_file)
    inputs = {key[3:]: reference[key] for key in reference.files if key.startswith("in:")}
    np.savez(work / "inputs.npz", **inputs)
    run(quantize, "run", float_file, "--input", work / "inputs.npz", "--output", work / "outputs.npz", "--force")
    error = relative_error(np.load(work / "outputs.npz"), reference)
    copies = disturbed(inputs, CALIBRATION + EVALUATION)
    np.savez(work / "calibration.npz", **{name: value[:CALIBRATION] for name, value in copies.items()})
    np.savez(work / "evaluation.npz", **{name: value[CALIBRATION:] for name, value in copies.items()})
    run(quantize, model, "--calibrate", work / "calibration.npz", *shape, "--report", report, "--force", "-o", int8_file)
    compared = json.loads(run(quantize, "compare", float_file, int8_file, "--data", work / "evaluation.npz", "--json"))
    islands = len(json.loads(report.read_text()).get("quantization", {}).get("islands", []))
    return error, compared["sqnr_db"], islands, compared["speedup"]


def main(quantize, folder):
    print("| model | float error | int8 SQNR dB | float islands | int8 over float |\n|---|---|---|---|---|")
    bad = 0
    for model in sorted(list(folder.glob("*/model.onnx")) + list(folder.glob("*/model.tflite"))):
        name = model.parent.name
        if name.startswith("neg_") or not (model.parent / "ref.npz").exists():
            continue
        try:
            with tempfile.TemporaryDirectory() as work:
                error, sqnr, islands, speedup = measure(quantize, model, Path(work))
            bad += name not in QUANTIZED and error > FLOAT_LIMIT.get(name, 1e-4)
            print(f"| {name}/{model.suffix[1:]} | {error:.1e} | {sqnr:.1f} | {islands} | {speedup:.1f}x |", flush=True)
        except Failed as failure:
            bad += name not in RECURRENT
            print(f"| {name}/{model.suffix[1:]} | - | - | - | {str(failure)[:160].replace('|', '/')} |", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2])))
