"""The test cases of the onnx package: models with inputs and expected outputs, whichever way the package keeps them."""

import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.loader import load_model_tests

# Fewer cases mean that the package was not read as it should have been.
MINIMUM_CASES = {"node": 1884, "simple": 23, "pytorch-converted": 82, "pytorch-operator": 35, "light": 9}

# What an .npz can hold, by the type that the model declares; the others widen to the first type that holds their values.
STORED_TYPES = {
    TensorProto.FLOAT: np.float32,
    TensorProto.FLOAT16: np.float32,
    TensorProto.BFLOAT16: np.float32,
    TensorProto.DOUBLE: np.float64,
    TensorProto.BOOL: np.bool_,
    TensorProto.INT8: np.int8,
    TensorProto.UINT8: np.uint8,
    TensorProto.INT16: np.int16,
    TensorProto.UINT16: np.uint16,
    TensorProto.INT32: np.int32,
    TensorProto.UINT32: np.uint32,
    TensorProto.INT64: np.int64,
    TensorProto.UINT64: np.uint64,
}


@dataclass
class Case:
    kind: str
    name: str
    model: onnx.ModelProto
    inputs: dict
    outputs: dict
    rtol: float
    atol: float
    operator: str = ""
    # Why the case cannot be put to a runtime of tensors: the types at its edges.
    edge_types: list = field(default_factory=list)

    @property
    def uses(self):
        """The operators of the model's nodes, inner graphs aside."""
        return {node.op_type for node in self.model.graph.node}

    def tolerance(self, name):
        """The suite's own relative tolerance, widened to two units of the type that the reference was rounded to."""
        declared = next(o.type.tensor_type.elem_type for o in self.model.graph.output if o.name == name)
        steps = {TensorProto.FLOAT16: 2.0**-9, TensorProto.BFLOAT16: 2.0**-6}
        return max(self.rtol, steps.get(declared, 0))


def load_cases():
    """Every case of every kind, by kind and name. Raises where a kind has fewer than it should."""
    warnings.filterwarnings("ignore")
    cases = []
    for kind, minimum in MINIMUM_CASES.items():
        found = [_case(kind, test) for test in load_model_tests(kind="real" if kind == "light" else kind)]
        if len(found) < minimum:
            raise SystemExit(f"onnx {onnx.__version__}: {len(found)} cases of kind '{kind}', expected {minimum}: the suite was not found")
        cases += found
    _name_operators(cases)
    return sorted(cases, key=lambda case: (list(MINIMUM_CASES).index(case.kind), case.name))


def _case(kind, test):
    if kind == "node":
        model, (inputs, outputs) = test.model, test.data_sets[0]
        inputs, outputs = list(inputs), list(outputs)
    elif kind == "light":
        path = Path(onnx.__file__).parent.parent / test.url
        model = onnx.load(path)
        inputs = [_ramp(info) for info in _fed_inputs(model)]
        outputs = [onnx.load_tensor(f"{path.with_suffix('')}_output_{i}.pb") for i in range(len(model.graph.output))]
    else:
        folder = Path(test.model_dir)
        model = onnx.load(folder / "model.onnx")
        inputs, outputs = (_saved(folder / "test_data_set_0", side, infos)
                           for side, infos in (("input", model.graph.input), ("output", model.graph.output)))
    case = Case(kind, test.name, model, {}, {}, test.rtol, test.atol)
    fed = _fed_inputs(model) if kind == "light" else model.graph.input
    # A case leaves out the optional inputs and outputs at the end of its lists.
    for infos, values, target in ((fed, inputs, case.inputs), (model.graph.output, outputs, case.outputs)):
        for info, value in zip(infos, values):
            kind_of_value = _edge_type(info)
            if kind_of_value:
                case.edge_types.append(kind_of_value)
            elif info.name:
                target[info.name] = _array(value, info.type.tensor_type.elem_type)
    # An empty list of axes is one; an empty tensor of numbers cannot be fed.
    if any(array.size == 0 and array.dtype.kind == "f" for array in case.inputs.values()):
        case.edge_types.append("empty")
    return case


def _fed_inputs(model):
    initializers = {tensor.name for tensor in model.graph.initializer}
    return [info for info in model.graph.input if info.name not in initializers]


def _ramp(info):
    """The input that the suite's own runner makes for its nets."""
    shape = [d.dim_value if d.HasField("dim_value") else 1 for d in info.type.tensor_type.shape.dim]
    count = int(np.prod(shape))
    return (np.arange(count).reshape(shape) / count).astype(np.float32)


def _saved(folder, side, infos):
    values = []
    for index, info in enumerate(infos):
        path = folder / f"{side}_{index}.pb"
        if not path.exists():
            break
        values.append(onnx.load_tensor(path) if info.type.HasField("tensor_type") else None)
    return values


def _edge_type(info):
    """What an input or output is, where it is no tensor that an .npz can hold."""
    which = info.type.WhichOneof("value")
    if which != "tensor_type":
        return (which or "unknown").removesuffix("_type")
    code = info.type.tensor_type.elem_type
    return "" if code in STORED_TYPES else TensorProto.DataType.Name(code).lower()


def _array(value, code):
    array = numpy_helper.to_array(value) if isinstance(value, TensorProto) else np.asarray(value)
    if array.dtype == ml_dtypes.bfloat16:
        array = array.astype(np.float32)
    return array.astype(STORED_TYPES[code])


def _name_operators(cases):
    """Names each case by the operator under test; a case `..._expanded` is that operator's definition in terms of others."""
    own = {}
    for case in cases:
        operators = sorted({node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}:{node.op_type}" for node in case.model.graph.node})
        if case.kind == "light":
            case.operator = "whole nets"
        elif len(operators) == 1:
            case.operator = operators[0]
            own[case.name] = case.operator
        elif case.kind == "node":
            # Other operators, Constant above all, prepare what the case's own one reads.
            case.operator = next((o for o in reversed([n.op_type for n in case.model.graph.node]) if o != "Constant"), operators[0])
        else:
            case.operator = "several operators"
    for case in cases:
        match = re.fullmatch(r"(.*)_expanded(_ver\d+)?", case.name)
        if match:
            case.operator = f"{own.get(match[1], match[1].removeprefix('test_'))} (expanded)"


def with_constants(case, names):
    """The case's model with these inputs given as initializers, and the inputs that remain."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    kept = [info for info in model.graph.input if info.name not in names]
    for info in model.graph.input:
        if info.name in names and info.name in case.inputs:
            code = info.type.tensor_type.elem_type
            values = case.inputs[info.name].astype(helper.tensor_dtype_to_np_dtype(code))
            model.graph.initializer.append(numpy_helper.from_array(values, info.name))
    del model.graph.input[:]
    model.graph.input.extend(kept)
    return model, {name: value for name, value in case.inputs.items() if name not in names}


def shape_flags(model, inputs):
    """--shape for every input whose dimensions the model leaves open."""
    flags = []
    for info in model.graph.input:
        shape = info.type.tensor_type.shape
        is_static = info.type.tensor_type.HasField("shape") and all(d.HasField("dim_value") for d in shape.dim)
        # A tensor without elements is refused by the converter, not by the flag.
        if not is_static and info.name in inputs and inputs[info.name].size > 0:
            flags += ["--shape", f"{info.name}={','.join(map(str, inputs[info.name].shape))}"]
    return flags
