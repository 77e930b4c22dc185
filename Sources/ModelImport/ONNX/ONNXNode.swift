import ModelGraph

/// A node with its attributes by name, each read with its type checked.
struct ONNXNode {
  let name: String
  let op: String
  let inputs: [String]
  let outputs: [String]
  /// Tensors of the graph around it that the bodies of an If or Loop read.
  let captures: [String]
  private let attributes: [String: ONNXAttributeProto]

  init(_ proto: ONNXNodeProto) {
    let firstOutput = proto.output.first { !$0.isEmpty } ?? ""
    name = proto.name.isEmpty ? firstOutput : proto.name
    let ownDomain = proto.domain.isEmpty || proto.domain == "ai.onnx"
    op = ownDomain ? proto.opType : "\(proto.domain):\(proto.opType)"
    inputs = proto.input
    outputs = proto.output
    captures = proto.attribute.filter(\.hasG).flatMap { $0.g.outerReads }.sorted()
    attributes = Dictionary(proto.attribute.map { ($0.name, $0) }) { first, _ in first }
  }

  func has(_ name: String) -> Bool { attributes[name] != nil }

  func integer(_ name: String) throws(DiagnosticError) -> Int? {
    try attribute(name, .int, \.hasI).map { Int($0.i) }
  }

  func integers(_ name: String) throws(DiagnosticError) -> [Int]? {
    try attribute(name, .ints, { $0.hasType || !$0.ints.isEmpty }).map { $0.ints.map { Int($0) } }
  }

  func flag(_ name: String, default absent: Bool = false) throws(DiagnosticError) -> Bool {
    try integer(name).map { $0 != 0 } ?? absent
  }

  /// - Throws: also where the value is NaN.
  func float(_ name: String) throws(DiagnosticError) -> Float? {
    guard let value = try attribute(name, .float, \.hasF)?.f else { return nil }
    guard !value.isNaN else { throw failure("bad-attribute", "attribute '\(name)' is NaN") }
    return value
  }

  func floats(_ name: String) throws(DiagnosticError) -> [Float]? {
    guard let values = try attribute(name, .floats, { $0.hasType || !$0.floats.isEmpty })?.floats else { return nil }
    guard !values.contains(where: \.isNaN) else { throw failure("bad-attribute", "attribute '\(name)' holds NaN") }
    return values
  }

  func string(_ name: String) throws(DiagnosticError) -> String? {
    try attribute(name, .string, \.hasS).map { String(decoding: $0.s, as: UTF8.self) }
  }

  func tensor(_ name: String) throws(DiagnosticError) -> ONNXTensorProto? {
    try attribute(name, .tensor, \.hasT)?.t
  }

  func graph(_ name: String) throws(DiagnosticError) -> ONNXGraphProto? {
    try attribute(name, .graph, \.hasG)?.g
  }

  func failure(_ code: String, _ message: String, hint: String = "") -> DiagnosticError {
    DiagnosticError(Diagnostic(code: code, node: name, sourceOperator: op, message: message, hint: hint))
  }

  private func attribute(
    _ name: String, _ type: ONNXAttributeProto.AttributeType, _ isPresent: (ONNXAttributeProto) -> Bool
  ) throws(DiagnosticError) -> ONNXAttributeProto? {
    guard let attribute = attributes[name] else { return nil }
    guard !attribute.hasType || attribute.type == type, attribute.refAttrName.isEmpty, isPresent(attribute) else {
      throw failure(
        "bad-attribute", "attribute '\(name)' is not of type \("\(type)".uppercased())", hint: "check the model with onnx.checker")
    }
    return attribute
  }
}

extension ONNXGraphProto {
  /// The names that this body reads and does not define, those of nested bodies included.
  fileprivate var outerReads: Set<String> {
    let defined = Set(node.flatMap(\.output) + input.map(\.name) + initializer.map(\.name))
    var read = Set(output.map(\.name))
    for inner in node {
      read.formUnion(inner.input)
      for attribute in inner.attribute where attribute.hasG { read.formUnion(attribute.g.outerReads) }
    }
    return read.subtracting(defined).subtracting([""])
  }
}
