"""Float nets changed so that int8 has a hard time of them: unlike channels under the same function, outlier activations."""

import numpy as np
import onnx
from onnx import helper, numpy_helper

# What passes channels on and commutes with positive factors a channel.
HOMOGENEOUS = {"Relu", "GlobalAveragePool", "Squeeze", "Flatten", "Add"}


class Groups:
    """Disjoint sets of tensors whose channels are scaled together."""

    def __init__(self):
        self.parent = {}

    def root(self, name):
        while self.parent.setdefault(name, name) != name:
            name = self.parent[name]
        return name

    def join(self, a, b):
        self.parent[self.root(a)] = self.root(b)


def without_ceilings(net, target):
    """Clip(x, 0, 6) becomes Relu(x), as Nagel et al., 2019, section 5.1.1 do before they scale channels."""
    model = onnx.load(str(net))
    for node in model.graph.node:
        if node.op_type == "Clip":
            node.op_type = "Relu"
            del node.input[1:]
    onnx.save(model, str(target))
    return target


def with_unequal_channels(net, target, octaves, seed=0):
    """The same float function, each channel of each tensor between two layers scaled by 2^k, k drawn from -octaves...octaves.

    Tensors that the net's inputs and outputs, or what is not homogeneous (Clip), are joined to stay as they are.
    Returns how many tensors between layers were scaled, and how many channels they have.
    """
    model = onnx.load(str(net))
    graph = model.graph
    weights = {tensor.name: numpy_helper.to_array(tensor).copy() for tensor in graph.initializer}
    groups, fixed = Groups(), {value.name for value in [*graph.input, *graph.output]}
    layers = []
    for node in graph.node:
        inputs = [name for name in node.input if name not in weights]
        if node.op_type in ("Conv", "MatMul", "Gemm"):
            if node.op_type == "Gemm" and (model_attribute(node, "transB", 0) != 1 or model_attribute(node, "alpha", 1.0) != 1):
                raise ValueError(f"{node.name}: a Gemm of this form is not taken")
            layers.append(node)
            if is_depthwise(node, weights):
                groups.join(node.input[0], node.output[0])
        elif node.op_type in HOMOGENEOUS and len(inputs) == len([name for name in node.input if name]) - (node.op_type == "Squeeze"):
            for name in inputs:
                groups.join(name, node.output[0])
        else:
            fixed.update([*inputs, *node.output])
    fixed_roots = {groups.root(name) for name in fixed}
    rng = np.random.default_rng(seed)
    factors = {}

    def factors_of(name, channels):
        root = groups.root(name)
        if root in fixed_roots:
            return np.ones(channels, np.float32)
        if root not in factors:
            factors[root] = np.exp2(rng.integers(-octaves, octaves + 1, channels)).astype(np.float32)
        return factors[root]

    changed = {}
    for node in layers:
        weight = weights[node.input[1]]
        if any(name in changed for name in node.input[1:]):
            raise ValueError(f"{node.name}: its weights are another layer's too")
        if node.op_type == "MatMul":
            rows, columns = factors_of(node.output[0], weight.shape[1]), factors_of(node.input[0], weight.shape[0])
            weight = weight * rows[None, :] / columns[:, None]
        else:
            rows = factors_of(node.output[0], weight.shape[0]).reshape(-1, *[1] * (weight.ndim - 1))
            # A depthwise layer reads the channel that it writes.
            columns = rows if is_depthwise(node, weights) else factors_of(node.input[0], weight.shape[1]).reshape(1, -1, *[1] * (weight.ndim - 2))
            weight = weight * rows / columns
            for name in node.input[2:]:
                changed[name] = weights[name] * rows.ravel()
        changed[node.input[1]] = weight
    for tensor in graph.initializer:
        if tensor.name in changed:
            tensor.CopyFrom(numpy_helper.from_array(changed[tensor.name].astype(np.float32), tensor.name))
    onnx.save(model, str(target))
    return len(factors), sum(map(len, factors.values()))


def with_outliers(net, target, layer, channels, factor, base):
    """`layer`'s Relu becomes HardSwish of `base` times its input, of `factor` times that in some channels; the next layer takes it back.

    HardSwish(a z) / a is Relu(z) but for |z| < 3 / a: the net keeps its accuracy. It does not commute with factors, so channels cannot be
    equalized, and one int8 scale for all leaves log2(factor) bits fewer to the others.
    Returns the names of the tensors that hold the outliers.
    """
    model = onnx.load(str(net))
    nodes = {node.name: node for node in model.graph.node}
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    producer = nodes[layer]
    relu = next(node for node in model.graph.node if producer.output[0] in node.input)
    reader = next(node for node in model.graph.node if relu.output[0] in node.input)
    if (producer.op_type, relu.op_type, reader.op_type) != ("Gemm", "Relu", "Gemm") or not all(model_attribute(n, "transB", 0) for n in (producer, reader)):
        raise ValueError(f"{layer}: expected Gemm, Relu, Gemm with transposed weights")
    scale = np.full(weights[producer.input[2]].dims[0], base, np.float32)
    scale[np.asarray(channels)] *= factor
    for name, change in ((producer.input[1], scale[:, None]), (producer.input[2], scale), (reader.input[1], 1 / scale[None, :])):
        weights[name].CopyFrom(numpy_helper.from_array((numpy_helper.to_array(weights[name]) * change).astype(np.float32), name))
    relu.op_type, relu.name = "HardSwish", relu.name.replace("Relu", "HardSwish")
    onnx.checker.check_model(model)
    onnx.save(model, str(target))
    return [producer.output[0], relu.output[0]]


def is_depthwise(node, weights):
    return node.op_type == "Conv" and model_attribute(node, "group", 1) > 1 and weights[node.input[1]].shape[1] == 1


def model_attribute(node, name, default):
    return next((helper.get_attribute_value(a) for a in node.attribute if a.name == name), default)
