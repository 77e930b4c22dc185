/// A trained net as a directed acyclic graph with static shapes: what the importers write, the passes rewrite,
/// the quantizer annotates and the compiler lowers.
///
/// Spatial operators are NHWC. An importer of an NCHW format wraps them in transposes; the layout pass removes those.
package struct Graph: Sendable {
  package var name: String
  package var values: [Value] = []
  /// In topological order: a node reads only values that are constants, graph inputs, or outputs of earlier nodes.
  package var nodes: [Node] = []
  package var inputs: [GraphInput] = []
  package var outputs: [GraphOutput] = []

  package init(name: String) { self.name = name }

  /// Whether the source model says how its activations are quantized, so that nothing is left to calibrate.
  package var isQuantized: Bool {
    (inputs.map(\.value) + nodes.flatMap(\.outputs)).contains { self[$0].quantization != nil }
  }

  /// Whether the source model holds some weight as integers.
  package var hasQuantizedWeights: Bool { values.contains { $0.constant?.quantized != nil } }

  package subscript(_ id: ValueID) -> Value {
    get { values[id.index] }
    set { values[id.index] = newValue }
  }
}

/// The position of a value in `Graph.values`. Passes keep the identity of values that they do not replace, so a
/// calibration made on one form of a graph applies to a later one.
package struct ValueID: Hashable, Sendable {
  package var index: Int
  package init(index: Int) { self.index = index }
}

/// A node's identity: kept through passes, unlike its position.
package struct NodeID: Hashable, Sendable {
  package var index: Int
  package init(index: Int) { self.index = index }
}

/// A tensor of the graph: a constant, a graph input, or the output of one node.
package struct Value: Sendable {
  /// The source model's name, unique within the graph.
  package var name: String
  package var type: TensorType
  /// The data, where the value is known at compile time.
  package var constant: Tensor?
  /// How the source model holds the value, where it came quantized: the numbers are rounded to these levels. Operators see floats all the same.
  package var quantization: AffineQuantization?

  package init(name: String, type: TensorType, constant: Tensor? = nil, quantization: AffineQuantization? = nil) {
    (self.name, self.type, self.constant, self.quantization) = (name, type, constant, quantization)
  }
}

package struct Node: Sendable {
  package var id: NodeID
  /// The source model's node name, or one made from its first output.
  package var name: String
  /// The operator's name in the source format ("Conv", "CONV_2D"), for messages.
  package var sourceOperator: String
  package var op: any Operator
  /// `nil` is an absent optional input.
  package var inputs: [ValueID?]
  package var outputs: [ValueID]

  package init(id: NodeID, name: String, sourceOperator: String, op: any Operator, inputs: [ValueID?], outputs: [ValueID]) {
    (self.id, self.name, self.sourceOperator, self.op) = (id, name, sourceOperator, op)
    (self.inputs, self.outputs) = (inputs, outputs)
  }
}

/// An input as the caller sees it, and the value that it fills.
///
/// `value` has the caller's elements permuted (`permutation[i]` is the caller's axis that becomes axis i) and
/// reshaped without changing their order. The layout pass moves a transpose that follows an input in here.
package struct GraphInput: Sendable {
  package var name: String
  package var value: ValueID
  /// The caller's shape and element type.
  package var type: TensorType
  package var permutation: [Int]
  /// The source model's integers, where it takes levels (int8, uint8) that stand for the floats of `type`.
  package var levelType: ElementType?
  /// (x - mean) / std along the caller's `channelAxis`, applied before anything else.
  package var normalization: Normalization?

  package init(name: String, value: ValueID, type: TensorType) {
    (self.name, self.value, self.type) = (name, value, type)
    permutation = Array(type.shape.indices)
  }
}

package struct Normalization: Hashable, Sendable {
  /// One entry for all elements, or one a channel.
  package var mean: [Float]
  package var std: [Float]
  package var channelAxis: Int

  package init(mean: [Float], std: [Float], channelAxis: Int) {
    (self.mean, self.std, self.channelAxis) = (mean, std, channelAxis)
  }
}

/// An output as the caller sees it: axis i of `value` (seen with the permuted shape) is the caller's axis `permutation[i]`.
package struct GraphOutput: Sendable {
  package var name: String
  package var value: ValueID
  package var type: TensorType
  package var permutation: [Int]
  /// The source model's integers, where it gives levels (int8, uint8) that stand for the floats of `type`.
  package var levelType: ElementType?

  package init(name: String, value: ValueID, type: TensorType) {
    (self.name, self.value, self.type) = (name, value, type)
    permutation = Array(type.shape.indices)
  }
}
