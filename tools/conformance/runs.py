"""One case through the command line: convert, run, compare."""

import re
import shutil
import subprocess
from dataclasses import dataclass

import numpy as np
import onnx

from cases import shape_flags, with_constants

TIMEOUT = 300
AS_IS, AS_CONSTANTS, FOLDED, REFUSED, WRONG = "as is", "as constants", "folded", "refused", "wrong"
PASSES = (AS_IS, AS_CONSTANTS, FOLDED)


@dataclass
class Result:
    outcome: str
    # Why it is refused or wrong, in one line.
    reason: str = ""
    # The diagnostic's code where it is refused.
    code: str = ""


def attempt(case, quantize, folder, first_form_only=False):
    """The first form of the case that passes, or what is wrong with the form that came furthest.

    Inputs that a compiled net must know are tried as initializers: those of integers behind the first input (shapes, axes, indices),
    then everything behind the first (weights), then all, which leaves the converter to fold the net.
    """
    names = list(case.inputs)
    trailing = names[1:]
    integers = [name for name in trailing if case.inputs[name].dtype.kind in "iub"]
    forms = [(AS_IS, [])]
    for outcome, constants in ((AS_CONSTANTS, integers), (AS_CONSTANTS, trailing), (FOLDED, names)):
        if constants and constants not in [earlier for _, earlier in forms]:
            forms.append((outcome, constants))
    if first_form_only:
        forms = forms[:1]
    results = []
    for number, (outcome, constants) in enumerate(forms):
        if not names and outcome == AS_IS:
            outcome = FOLDED
        result = _run(case, quantize, folder / str(number), constants)
        if result.outcome in PASSES:
            return Result(outcome)
        results.append(result)
        if result.code == "unsupported-opset" or result.reason.endswith("is not supported"):
            return result
        # A wrong result is one, whatever other forms give.
        if result.outcome == WRONG:
            return result
    return results[0] if len(results) < 3 else results[-2]


def _run(case, quantize, folder, constants):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model, inputs = with_constants(case, constants)
    onnx.save(model, folder / "model.onnx")
    np.savez(folder / "inputs.npz", **inputs)
    np.savez(folder / "expected.npz", **case.outputs)
    program, outputs = folder / "model.swl", folder / "outputs.npz"
    convert = [quantize, folder / "model.onnx", "-o", program, *shape_flags(model, inputs)]
    # A net that is quantized keeps its levels, where a value of it has some; all others run in float.
    is_quantized = any(re.search("quantize|QLinear|Integer$", node.op_type, re.IGNORECASE) for node in model.graph.node)
    status, message = _call(convert) if is_quantized else (64, "")
    if status == 64:
        status, message = _call([*convert, "--precision", "float"])
    if status == 65:
        return Result(REFUSED, _reason(message), _code(message))
    if status != 0:
        return Result(WRONG, f"quantize ended with status {status}: {_reason(message)}")
    run = [quantize, "run", program, "--output", outputs]
    status, message = _call(run + ["--input", folder / "inputs.npz"] if inputs else run)
    if status != 0:
        return Result(WRONG, f"quantize run ended with status {status}: {_reason(message)}")
    reason = _difference(case, np.load(outputs))
    if reason:
        return Result(WRONG, reason)
    shutil.rmtree(folder)
    return Result(AS_IS)


def _call(command):
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=TIMEOUT, errors="replace")
    except subprocess.TimeoutExpired:
        return "none", f"no end after {TIMEOUT} s"
    return done.returncode, done.stderr


def _reason(message):
    lines = [line for line in message.splitlines() if line.strip()]
    # The path of the model, the node's name and the hint say nothing about the operator.
    line = re.sub(r"^error: ", "", lines[0] if lines else "no message")
    return re.sub(r"\S*/(model|inputs)\.(onnx|swl|npz): |; hint: .*", "", line)


def _code(message):
    found = re.search(r"\[([a-z-]+)\]", message)
    return found[1] if found else ""


def _difference(case, outputs):
    """What is wrong with the outputs; "" where they are those of the suite, within its tolerances."""
    for name, expected in case.outputs.items():
        if name not in outputs.files:
            return f"output '{name}' is missing"
        found = outputs[name]
        if "NonMaxSuppression" in case.uses:
            found = _selected(found, len(expected))
        if _class(found) != _class(expected):
            return f"output '{name}' has type {found.dtype}, expected {expected.dtype}"
        if found.shape != expected.shape:
            return f"output '{name}' has shape {list(found.shape)}, expected {list(expected.shape)}"
        if expected.dtype.kind != "f":
            if not np.array_equal(found.astype(np.float64), expected.astype(np.float64)):
                return f"output '{name}' differs in {np.count_nonzero(found != expected)} of {expected.size} elements"
            continue
        close = np.isclose(found.astype(np.float64), expected.astype(np.float64), rtol=case.tolerance(name), atol=case.atol, equal_nan=True)
        if not close.all():
            with np.errstate(invalid="ignore"):
                distance = np.nanmax(np.abs(np.where(close, 0, found.astype(np.float64) - expected.astype(np.float64))))
            return f"output '{name}' differs in {np.count_nonzero(~close)} of {expected.size} elements, by up to {distance:.3g}"
    return ""


def _class(array):
    """What a runtime must not confuse; widths are its own affair."""
    return {"b": "bool", "i": "integer", "u": "integer", "f": "float"}.get(array.dtype.kind, array.dtype.kind)


def _selected(rows, count):
    """The rows of a NonMaxSuppression without those of -1 at their end, which stand for boxes that were not selected."""
    return rows[:count] if len(rows) > count and (rows[count:] == -1).all() else rows
