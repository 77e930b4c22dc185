"""TFLite models that arrive quantized against LiteRT. Called by tools/compare-litert."""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
from ai_edge_litert import interpreter as litert

MODELS = [
    "mlperf_kws/model_int8.tflite",
    "mlperf_ic/model_int8.tflite",
    "mlperf_vww/model_int8.tflite",
    "mlperf_ad/model_int8.tflite",
    "mltk_rps/model.tflite",
    "magic_wand/model.tflite",
    "mobilenet_v1_025_224/model_uint8_qat.tflite",
]
# Real inputs, as levels or as real numbers; the other models get their reference input with growing noise.
DATA = {"mlperf_kws": ("kws.npz", True), "mlperf_ic": ("cifar10_jpeg.npz", False)}
KERNELS = {
    "XNNPACK": litert.OpResolverType.AUTO,
    "built-in": litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    "reference": litert.OpResolverType.BUILTIN_REF,
}
MEAN_STEPS, TOP1 = 0.5, 0.99
DOCUMENT = Path("docs/quantized-imports.md")
HEAD = """# Quantized models as they are

What `tools/compare-litert` measured: TFLite models that arrive quantized, converted without calibration, against LiteRT 2.3.0 on the same
inputs: real ones for mlperf_kws and mlperf_ic, else noisy copies of the reference input. A *step* is one unit of the output's int8 or uint8. LiteRT has three sets of kernels, which differ from one another too; ours are compared with each. Bar: at most half a step on
average and the same largest output for 99 %, against one of them.

"""
LAYERS = """
## Where a set is further away

Operator by operator, what everything before adds up to, over 50 inputs. The delegate (XNNPACK) shows no layers. One layer alone is at most a
rounding apart (our one rule rounds a float product half to even, the built-in kernels a doubled fixed-point one): that shows in the first row of
each net; a layer whose output has a finer scale than its input then multiplies it.

"""
BUILD = Path(".build/compare-litert")


def levels(real, detail):
    """What a real number is in the input's own type."""
    if detail["dtype"] == np.float32:
        return real.astype(np.float32)
    scale, zero_point = detail["quantization"]
    limits = np.iinfo(detail["dtype"])
    return np.clip(np.rint(real / scale) + zero_point, limits.min, limits.max).astype(detail["dtype"])


def samples(name, detail, options):
    folder, shape = name.split("/")[0], detail["shape"][1:]
    if folder in DATA and (options.data / DATA[folder][0]).exists():
        file, holds_levels = DATA[folder]
        x = np.load(options.data / file)["x"].reshape(-1, *shape)
        count = min(options.samples or 1000, len(x))
        chosen = x[np.arange(count) * len(x) // count]
        return chosen if holds_levels else levels(chosen.astype(np.float64), detail)
    if (options.models / folder / "inputs.npz").exists():
        chosen = np.load(options.models / folder / "inputs.npz")["x"][: options.samples]
        return levels(chosen.astype(np.float64), detail)
    reference = np.load(options.models / folder / "ref.npz")
    x = reference[next(key for key in reference.files if key.startswith("in:"))].reshape(1, *shape)
    if x.dtype != np.float32:
        scale, zero_point = detail["quantization"]
        x = (x.astype(np.float64) - zero_point) * scale
    random = np.random.default_rng(1)
    deviation = 0.25 * (x.std() + 1e-9)
    count = options.samples or 100
    noise = [random.normal(0, deviation * index / count, x.shape) for index in range(count)]
    return levels(np.concatenate([x + n for n in noise]), detail)


def ours(quantize, path, x):
    """The outputs of the program that is made of the model without calibration, in the model's own type."""
    BUILD.mkdir(parents=True, exist_ok=True)
    program, inputs, outputs = BUILD / "model.swl", BUILD / "inputs.npz", BUILD / "outputs.npz"
    np.savez(inputs, x=x)
    for command in (
        [quantize, path, "-o", program, "--force"],
        [quantize, "run", program, "--input", inputs, "--output", outputs, "--force"],
    ):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{path}: {done.stderr.strip()}")
    result = np.load(outputs)
    return result[result.files[0]].reshape(len(x), -1).astype(np.float64)


def theirs(path, resolver, x):
    """LiteRT's outputs, and the step of their scale: of a float output, that of the levels which it was made of."""
    net = litert.Interpreter(str(path), experimental_op_resolver_type=resolver)
    net.allocate_tensors()
    source, target = net.get_input_details()[0], net.get_output_details()[0]
    results = []
    for sample in x:
        net.set_tensor(source["index"], sample[None])
        net.invoke()
        results.append(net.get_tensor(target["index"]).ravel())
    step = 1.0
    if target["dtype"] == np.float32:
        last = net._get_ops_details()[-1]
        step = next(t["quantization"][0] for t in net.get_tensor_details() if t["index"] == last["inputs"][0])
    return np.array(results, np.float64), step


def layers(quantize, path, resolver, x):
    """For each operator in order: its kind, tensor, and how many steps apart the two are after everything before it."""
    net = litert.Interpreter(str(path), experimental_op_resolver_type=resolver, experimental_preserve_all_tensors=True)
    net.allocate_tensors()
    details = {tensor["index"]: tensor for tensor in net.get_tensor_details()}
    steps = {}
    for operator in net._get_ops_details():
        tensor = details[operator["outputs"][0]]
        if tensor["dtype"] in (np.int8, np.uint8, np.int16) and tensor["name"] not in steps:
            steps[tensor["name"]] = (operator["op_name"], tensor["index"])
    program, inputs, outputs = BUILD / "layers.swl", BUILD / "inputs.npz", BUILD / "layers.npz"
    np.savez(inputs, x=x)
    for command in (
        [quantize, path, "-o", program, "--force", "--outputs", ",".join(steps)],
        [quantize, "run", program, "--input", inputs, "--output", outputs, "--force"],
    ):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{path}: {done.stderr.strip()}")
    actual, source = np.load(outputs), net.get_input_details()[0]
    differences = {name: [] for name in steps}
    for index, sample in enumerate(x):
        net.set_tensor(source["index"], sample[None])
        net.invoke()
        for name, (_, tensor) in steps.items():
            mine, theirs = actual[name].reshape(len(x), -1)[index], net.get_tensor(tensor).ravel().astype(np.int32)
            if mine.dtype == np.float32:
                scale, zero_point = details[tensor]["quantization"]
                mine = np.rint(mine / scale) + zero_point
            differences[name].append(np.abs(mine - theirs))
    return [(kind, name, np.mean(differences[name]), np.max(differences[name])) for name, (kind, _) in steps.items()]


def markdown(head, rows):
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]) + "\n"


def write_document(rows, chapters):
    text = HEAD + markdown(["model", "LiteRT kernels", "mean steps", "largest", "equal outputs", "same top-1", "inputs"], rows)
    if chapters:
        text += LAYERS
    for title, found in chapters:
        text += f"### {title}\n\n"
        text += markdown(["#", "operator", "mean steps", "largest"], [(str(i), kind, f"{mean:.4f}", f"{largest:.0f}") for i, (kind, _, mean, largest) in enumerate(found)])
        text += "\n"
    DOCUMENT.write_text(text.rstrip() + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("quantize")
    parser.add_argument("names", nargs="*", metavar="NAME.tflite")
    parser.add_argument("--models", type=Path, default=Path("../shared/models"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--samples", type=int)
    options = parser.parse_intermixed_args()
    if options.samples is not None and options.samples < 1:
        parser.error("--samples must be at least 1")
    rows, chapters = [], []
    print(f"{'model':46s} {'LiteRT kernels':14s} {'mean steps':>10s} {'max':>6s} {'equal':>8s} {'top-1':>8s}")
    failures, compared = [], 0
    for name in options.names or MODELS:
        path = options.models / name
        if not path.exists():
            print(f"{name:46s} skipped: {path} is not there")
            continue
        net = litert.Interpreter(str(path))
        x = samples(name, net.get_input_details()[0], options)
        actual = ours(Path(options.quantize).resolve(), path, x)
        passes = False
        for label, resolver in KERNELS.items():
            try:
                expected, step = theirs(path, resolver, x)
            except (RuntimeError, ValueError) as error:
                print(f"{name:46s} {label:14s} cannot run it: {str(error).splitlines()[0]}", flush=True)
                continue
            steps = np.abs(actual - expected) / step
            top1 = np.mean(actual.argmax(1) == expected.argmax(1))
            passes = passes or (steps.mean() <= MEAN_STEPS and top1 >= TOP1)
            print(f"{name:46s} {label:14s} {steps.mean():10.4f} {steps.max():6.0f} {np.mean(steps < 0.01):8.2%} {top1:8.2%}", flush=True)
            rows.append((name, label, f"{steps.mean():.4f}", f"{steps.max():.0f}", f"{np.mean(steps < 0.01):.1%}", f"{top1:.1%}", str(len(x))))
            # The delegate's own tensors cannot be read, so layers are compared with the other sets.
            if steps.mean() > MEAN_STEPS and label != "XNNPACK":
                found = layers(Path(options.quantize).resolve(), path, resolver, x[:50])
                chapters.append((f"{name}, {label} kernels", found))
                for kind, tensor, mean, largest in found:
                    print(f"    {kind:20s} {mean:8.4f} {largest:6.0f}  {tensor[-70:]}")
        compared += 1
        if not passes:
            failures.append(name)
    for name in failures:
        print(f"{name}: over {MEAN_STEPS} steps on average, or under {TOP1:.0%} of equal largest outputs, against every kernel set")
    if not options.names and compared == len(MODELS):
        write_document(rows, chapters)
    if compared == 0:
        print("no model to compare")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
