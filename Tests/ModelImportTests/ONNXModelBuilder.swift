import Foundation
import ModelGraph
import ModelImport
import SwiftProtobuf

/// Writes small ONNX models with the generated messages.
struct ONNXModelBuilder {
  var model = ONNXModelProto()

  init(opset: Int = 17) {
    model.irVersion = 8
    model.graph.name = "test"
    var operators = ONNXOperatorSetIdProto()
    operators.domain = ""
    operators.version = Int64(opset)
    model.opsetImport = [operators]
  }

  enum Dimension: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    case fixed(Int), named(String)
    init(integerLiteral value: Int) { self = .fixed(value) }
    init(stringLiteral value: String) { self = .named(value) }
  }

  mutating func input(_ name: String, _ shape: [Dimension], type: ONNXTensorProto.DataType = .float) {
    var info = ONNXValueInfoProto()
    info.name = name
    info.type.tensorType.elemType = Int32(type.rawValue)
    info.type.tensorType.shape = ONNXTensorShapeProto()
    for dimension in shape {
      var entry = ONNXTensorShapeProto.Dimension()
      switch dimension {
      case .fixed(let value): entry.dimValue = Int64(value)
      case .named(let name): entry.dimParam = name
      }
      info.type.tensorType.shape.dim.append(entry)
    }
    model.graph.input.append(info)
  }

  mutating func output(_ names: String...) {
    for name in names {
      var info = ONNXValueInfoProto()
      info.name = name
      info.type.tensorType.elemType = 1
      model.graph.output.append(info)
    }
  }

  static func tensor(_ name: String, _ shape: [Int], floats: [Float]) -> ONNXTensorProto {
    var tensor = ONNXTensorProto()
    tensor.name = name
    tensor.dims = shape.map { Int64($0) }
    tensor.dataType = Int32(ONNXTensorProto.DataType.float.rawValue)
    tensor.rawData = floats.withUnsafeBytes { Data($0) }
    return tensor
  }

  static func tensor(_ name: String, _ shape: [Int], integers: [Int64]) -> ONNXTensorProto {
    var tensor = ONNXTensorProto()
    tensor.name = name
    tensor.dims = shape.map { Int64($0) }
    tensor.dataType = Int32(ONNXTensorProto.DataType.int64.rawValue)
    tensor.int64Data = integers
    return tensor
  }

  mutating func floats(_ name: String, _ shape: [Int], _ values: [Float]) {
    model.graph.initializer.append(Self.tensor(name, shape, floats: values))
  }

  mutating func integers(_ name: String, _ values: [Int64], shape: [Int]? = nil) {
    model.graph.initializer.append(Self.tensor(name, shape ?? [values.count], integers: values))
  }

  enum Attribute {
    case int(Int), ints([Int]), float(Float), floats([Float]), string(String), tensor(ONNXTensorProto), graph(ONNXGraphProto)
  }

  mutating func node(_ op: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: Attribute] = [:], domain: String = "") {
    var node = ONNXNodeProto()
    node.opType = op
    node.name = "\(op.lowercased())_\(model.graph.node.count)"
    node.input = inputs
    node.output = outputs
    node.domain = domain
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      var attribute = ONNXAttributeProto()
      attribute.name = name
      switch value {
      case .int(let value): (attribute.type, attribute.i) = (.int, Int64(value))
      case .ints(let values): (attribute.type, attribute.ints) = (.ints, values.map { Int64($0) })
      case .float(let value): (attribute.type, attribute.f) = (.float, value)
      case .floats(let values): (attribute.type, attribute.floats) = (.floats, values)
      case .string(let value): (attribute.type, attribute.s) = (.string, Data(value.utf8))
      case .tensor(let value): (attribute.type, attribute.t) = (.tensor, value)
      case .graph(let value): (attribute.type, attribute.g) = (.graph, value)
      }
      node.attribute.append(attribute)
    }
    model.graph.node.append(node)
  }

  func bytes() throws -> [UInt8] { try model.serializedBytes() }

  func imported(shapes: [String: [Int]] = [:], outputs: [String] = []) throws -> Graph {
    try importONNX(try bytes(), name: "test.onnx", options: ImportOptions(shapes: shapes, outputs: outputs))
  }

  /// The diagnostics of a model that must be refused; empty where it is not.
  func diagnostics(shapes: [String: [Int]] = [:], outputs: [String] = []) throws -> [Diagnostic] {
    do {
      _ = try imported(shapes: shapes, outputs: outputs)
      return []
    } catch let error as DiagnosticError {
      return error.diagnostics
    }
  }
}

/// One node between an input `x` and an output `y`, run by constant evaluation.
func runONNX(
  _ op: String, opset: Int = 17, x: [Int], _ values: [Float], floats: [(String, [Int], [Float])] = [],
  integers: [(String, [Int64])] = [], inputs: [String]? = nil, attributes: [String: ONNXModelBuilder.Attribute] = [:]
) throws -> (shape: [Int], values: [Float]) {
  var builder = ONNXModelBuilder(opset: opset)
  builder.input("x", x.map { .fixed($0) })
  for (name, shape, values) in floats { builder.floats(name, shape, values) }
  for (name, values) in integers { builder.integers(name, values) }
  builder.node(op, inputs ?? ["x"] + floats.map(\.0) + integers.map(\.0), ["y"], attributes)
  builder.output("y")
  let graph = try builder.imported()
  let outputs = try graph.evaluated([values])
  return (graph.outputs[0].type.shape, outputs[0])
}

/// Distinct, reproducible elements in [-1, 1).
func ramp(_ count: Int) -> [Float] { (0..<count).map { Float(($0 * 37 + 11) % 64) / 32 - 1 } }

func isClose(_ a: [Float], _ b: [Float], tolerance: Float = 1e-5) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
}
