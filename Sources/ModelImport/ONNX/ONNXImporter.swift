package import ModelGraph
import SwiftProtobuf
package import SystemPackage

/// Operator sets whose meaning the converters know.
let supportedOpsets = 1...28

/// Reads an ONNX model; external tensor data is looked up in `directory`.
package func importONNX(
  _ bytes: [UInt8], name: String, directory: FilePath = "", options: ImportOptions
) throws(DiagnosticError) -> Graph {
  try WireScan.check(bytes, name: name)
  let model: ONNXModelProto
  do {
    model = try ONNXModelProto(serializedBytes: bytes)
  } catch {
    throw DiagnosticError(
      Diagnostic(
        code: "bad-file", message: "\(name) is neither an ONNX nor a TFLite model, or it is damaged",
        hint: "export the model again, or fetch the file again if it was cut short"))
  }
  guard model.hasGraph, !model.graph.node.isEmpty || !model.graph.output.isEmpty else {
    throw DiagnosticError(
      Diagnostic(code: "bad-file", message: "\(name) holds no ONNX graph", hint: "give a .onnx or .tflite file"))
  }
  let opset = try checkedOpset(of: model)
  var importer = ONNXImporter(model.graph, opset: opset, name: name, external: ExternalData(directory: directory), options: options)
  return try importer.run()
}

private func checkedOpset(of model: ONNXModelProto) throws(DiagnosticError) -> Int {
  let range = "opsets \(supportedOpsets.lowerBound) to \(supportedOpsets.upperBound) are supported"
  guard let opset = model.opsetImport.last(where: { $0.domain.isEmpty || $0.domain == "ai.onnx" })?.version else {
    throw DiagnosticError(
      Diagnostic(
        code: "unsupported-opset", message: "the model does not say which ONNX operator set it uses; \(range)",
        hint: "export the model again"))
  }
  guard let version = Int(exactly: opset), supportedOpsets.contains(version) else {
    throw DiagnosticError(
      Diagnostic(code: "unsupported-opset", message: "the model uses ONNX opset \(opset); \(range)", hint: "export with opset_version=17"))
  }
  return version
}

/// Walks the nodes once, in order, and keeps going after whatever cannot be imported so that all of it is reported.
struct ONNXImporter {
  private let graph: ONNXGraphProto
  private let selection: ONNXSelection
  private let inputs: ONNXInputs
  private let outputs: [String]
  private let initializers: [String: Int]
  var conversion: ONNXConversion
  var values: [String: ValueID] = [:]
  /// Outputs of nodes that could not be imported, with their declared type where the file has one.
  var unknown: [String: TensorType?] = [:]
  var diagnostics: [Diagnostic]

  init(_ graph: ONNXGraphProto, opset: Int, name: String, external: ExternalData, options: ImportOptions) {
    self.graph = graph
    (outputs, diagnostics) = Self.outputNames(graph, options)
    let selection = ONNXSelection(graph, outputs: outputs)
    self.selection = selection
    inputs = ONNXInputs(graph, options: options, needed: selection.needed)
    diagnostics += selection.diagnostics + inputs.diagnostics
    initializers = Dictionary(graph.initializer.enumerated().map { ($1.name, $0) }) { first, _ in first }
    let repeated = Dictionary(grouping: graph.initializer.map(\.name), by: { $0 }).filter { $1.count > 1 }
    for name in repeated.keys.sorted() {
      diagnostics.append(
        Diagnostic(code: "duplicate-name", message: "two initializers are named '\(name)'", hint: "check the model with onnx.checker"))
    }
    for sparse in graph.sparseInitializer where selection.needed.contains(sparse.values.name) {
      diagnostics.append(
        Diagnostic(
          code: "unsupported-type", node: sparse.values.name, sourceOperator: "tensor", message: "is sparse", hint: "export dense weights"))
    }
    conversion = ONNXConversion(
      builder: GraphBuilder(name: name), node: ONNXNode(ONNXNodeProto()), opset: opset, external: external, read: selection.needed,
      outputs: Set(outputs))
  }

  mutating func run() throws(DiagnosticError) -> Graph {
    for info in inputs.infos {
      guard let type = inputs.types[info.name] else { continue }
      guard values[info.name] == nil else {
        diagnostics.append(
          Diagnostic(code: "duplicate-name", message: "two inputs are named '\(info.name)'", hint: "check the model with onnx.checker"))
        continue
      }
      values[info.name] = conversion.builder.addInput(info.name, type)
    }
    let declared = Dictionary(graph.valueInfo.map { ($0.name, $0) }) { first, _ in first }
    for node in selection.nodes {
      if !convert(node) {
        for output in node.outputs where !output.isEmpty { unknown[output] = .some(declared[output].flatMap(Self.staticType)) }
      }
    }
    for name in outputs where unknown[name] == nil {
      guard let value = value(named: name) else { continue }
      let isConstant = conversion.builder.constant(of: value) != nil
      if let type = conversion.levelTypes[name], isConstant || conversion.builder.quantization(of: value) == nil {
        diagnostics.append(
          Diagnostic(
            code: "unsupported-type", node: name, sourceOperator: "output",
            message: "the output gives \(type.rawValue) levels that are constant, have several scales or ones of each run, or more than 8 bits",
            hint: "end the net with a DequantizeLinear"))
      }
      conversion.builder.addOutput(name, value, levelType: conversion.levelTypes[name])
    }
    guard diagnostics.isEmpty else { throw DiagnosticError(diagnostics) }
    guard conversion.builder.graph.outputs.count == outputs.count else {
      throw DiagnosticError(Diagnostic(code: "bad-file", message: "the model's outputs could not be resolved"))
    }
    return conversion.builder.graph
  }

  /// Returns false where the node, or one that it reads, could not be imported.
  mutating func convert(_ node: ONNXNode) -> Bool {
    if node.op == "If" { return inlineBranch(of: node) }
    guard let converter = onnxConverters[node.op] else {
      let types = node.inputs.map { name in value(named: name).map { conversion.type($0) } ?? unknown[name].flatMap { $0 } }
      diagnostics.append(
        Diagnostic(
          code: "unsupported-operator", node: node.name, sourceOperator: node.op, inputs: types, message: "is not supported",
          hint: unsupportedHint(node.op)))
      return false
    }
    if node.inputs.contains(where: { unknown[$0] != nil }) { return false }
    conversion.node = node
    conversion.inputs = []
    for name in node.inputs {
      if name.isEmpty {
        conversion.inputs.append(nil)
      } else if let value = value(named: name) {
        conversion.inputs.append(value)
      } else {
        return false
      }
    }
    do throws(DiagnosticError) {
      if conversion.opset < 7 { try conversion.alignOperands() }
      let source = try levelSource(of: node)
      let results = try converter(&conversion)
      for (name, value) in zip(node.outputs, results) where !name.isEmpty {
        values[name] = value
        guard let source, conversion.type(value).elementType == .float32 else { continue }
        conversion.levelTypes[name] = source.type
        conversion.builder.setQuantization(source.levels, of: value)
      }
      guard !node.outputs.dropFirst(results.count).contains(where: conversion.read.contains) else {
        throw conversion.failure("bad-node", "has \(node.outputs.count) outputs, expected \(results.count)")
      }
      return true
    } catch {
      diagnostics += error.diagnostics
      return false
    }
  }

  /// The integers that the node reads and passes on where it only moves some: what computes on them would take them for the numbers that
  /// they stand for.
  private func levelSource(of node: ONNXNode) throws(DiagnosticError) -> (type: ElementType, levels: AffineQuantization?)? {
    guard !onnxOperatorsOnLevels.contains(node.op), let name = node.inputs.first(where: { conversion.levelTypes[$0] != nil }),
      let type = conversion.levelTypes[name]
    else { return nil }
    guard onnxOperatorsThatMoveLevels.contains(node.op) else {
      throw conversion.unsupported("computes on the integers of a quantized tensor", hint: "put a DequantizeLinear before it")
    }
    return (type, values[name].flatMap { conversion.builder.quantization(of: $0) })
  }

  /// The value of a tensor; initializers enter the graph when they are first read.
  mutating func value(named name: String) -> ValueID? {
    if let value = values[name] { return value }
    guard unknown[name] == nil, let index = initializers[name] else { return nil }
    do throws(DiagnosticError) {
      let tensor = try graph.initializer[index].decoded(conversion.external)
      let value = conversion.builder.addConstant(tensor, name: name)
      values[name] = value
      return value
    } catch {
      diagnostics += error.diagnostics
      unknown[name] = .some(nil)
      return nil
    }
  }

  /// The names of the outputs that exist, and what is wrong with the others.
  private static func outputNames(_ graph: ONNXGraphProto, _ options: ImportOptions) -> ([String], [Diagnostic]) {
    let known = graph.node.flatMap(\.output).filter { !$0.isEmpty } + graph.input.map(\.name) + graph.initializer.map(\.name)
    let names = options.outputs.isEmpty ? graph.output.map(\.name) : options.outputs
    let knownNames = Set(known)
    var seen: Set<String> = []
    var found: [String] = []
    var diagnostics: [Diagnostic] = []
    for name in names {
      if !seen.insert(name).inserted {
        diagnostics.append(Diagnostic(code: "duplicate-name", message: "the output '\(name)' is named twice"))
      } else if !knownNames.contains(name) {
        diagnostics.append(
          Diagnostic(
            code: "unknown-output", message: "the model has no tensor named '\(name)'",
            hint: nearestNamesHint(to: name, in: knownNames)))
      } else {
        found.append(name)
      }
    }
    if names.isEmpty {
      diagnostics.append(Diagnostic(code: "bad-file", message: "the model has no outputs", hint: "export the model again"))
    }
    return (found, diagnostics)
  }

  /// The type that the file declares for an inner tensor, where it is static.
  private static func staticType(_ info: ONNXValueInfoProto) -> TensorType? {
    let declared = info.type.tensorType
    guard declared.hasShape, let elementType = ElementType(onnx: declared.elemType), declared.shape.dim.allSatisfy({ $0.dimValue > 0 })
    else {
      return nil
    }
    return TensorType(elementType, declared.shape.dim.map { Int($0.dimValue) })
  }
}
