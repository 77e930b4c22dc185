import ModelGraph

/// The parts of a TensorFlow Lite model (schema version 3) that describe its graphs.
///
/// Source: tensorflow/lite/schema/schema.fbs; numbers are positions of fields and values of enumerations there.
struct TFLiteModel {
  var operatorCodes: [TFLiteOperatorCode] = []
  /// Of the main graph, and behind them copies of others that nodes call.
  var tensors: [TFLiteTensor] = []
  var operators: [TFLiteOperator] = []
  var inputs: [Int] = []
  var outputs: [Int] = []
  /// The bytes of each buffer in the file.
  var buffers: [Range<Int>] = []
  var subgraphs: [TFLiteSubgraph] = []

  /// - Parameter signature: the entry point to take, with its names of inputs and outputs; nil for the first graph.
  init(_ file: FlatBuffer, signature: String? = nil) throws(DiagnosticError) {
    let root = try file.root(identifier: "TFL3")
    let version: UInt32 = try root.integer(0, default: 0)
    guard version == 3 else {
      throw DiagnosticError(
        Diagnostic(
          code: "bad-file", message: "the model has schema version \(version), expected 3",
          hint: "convert it again with a current TensorFlow Lite converter"))
    }
    for table in try root.tables(1) { operatorCodes.append(try TFLiteOperatorCode(table)) }
    for table in try root.tables(4) { buffers.append(try bufferRange(table, in: file)) }
    for table in try root.tables(2) { subgraphs.append(try TFLiteSubgraph(table)) }
    guard !subgraphs.isEmpty else {
      throw DiagnosticError(Diagnostic(code: "bad-file", message: "the model has no subgraph", hint: "export it again"))
    }
    var main = subgraphs[0]
    if let signature { main = try TFLiteSignature.named(signature, in: try root.tables(7)).applied(to: subgraphs) }
    (tensors, operators, inputs, outputs) = (main.tensors, main.operators, main.inputs, main.outputs)
  }
}

/// One graph of the file: the net, a branch, a body.
struct TFLiteSubgraph {
  var tensors: [TFLiteTensor] = []
  var operators: [TFLiteOperator] = []
  var inputs: [Int] = []
  var outputs: [Int] = []

  init(_ table: FlatTable) throws(DiagnosticError) {
    for (index, table) in try table.tables(0).enumerated() { tensors.append(try TFLiteTensor(table, index: index)) }
    uniqueNames()
    inputs = try table.integers(1, of: Int32.self)
    outputs = try table.integers(2, of: Int32.self)
    for (index, table) in try table.tables(3).enumerated() { operators.append(try TFLiteOperator(table, index: index)) }
  }

  /// Nothing in the format keeps two tensors from bearing one name. Those in `first` keep theirs.
  mutating func uniqueNames(keeping first: [Int] = []) {
    var names = Set(first.map { tensors[$0].name })
    let kept = Set(first)
    for index in tensors.indices where !kept.contains(index) {
      while !names.insert(tensors[index].name).inserted { tensors[index].name += "~\(index)" }
    }
  }
}

/// Refuses what no order of the axes may overflow on: a length of 0 hides nothing.
func checkExtents(_ shape: [Int]) throws(ShapeError) {
  guard shape.count <= maximumRank else { throw ShapeError("rank \(shape.count) is too large, expected at most \(maximumRank)") }
  guard shape.allSatisfy({ $0 >= 0 }) else { throw ShapeError("shape \(shape) has a negative dimension") }
  _ = try checkedProduct(shape.map { max($0, 1) })
}

private let maximumRank = 8

/// A buffer holds its bytes itself or, in models over 2 GB, names a place behind the tables (from offset 2: 0 and 1 say "none").
private func bufferRange(_ table: FlatTable, in file: FlatBuffer) throws(DiagnosticError) -> Range<Int> {
  let offset: UInt64 = try table.integer(1, default: 0)
  guard offset > 1 else { return try table.byteRange(0) ?? 0..<0 }
  let size: UInt64 = try table.integer(2, default: 0)
  let length = file.bytes.count
  guard let start = Int(exactly: offset), let count = Int(exactly: size), count <= length, start <= length - count else {
    throw file.damaged(at: 0, "a buffer of \(size) bytes at \(offset) leaves the file")
  }
  return start..<start + count
}

struct TFLiteOperatorCode {
  /// "CONV_2D", or the custom operator's own name.
  var name: String
  var isCustom: Bool

  init(_ table: FlatTable) throws(DiagnosticError) {
    // Codes above 127 stand in the newer field only, those below in both or in the older one only.
    let older: Int8 = try table.integer(0, default: 0)
    let newer: Int32 = try table.integer(3, default: 0)
    let code = max(Int(older), Int(newer))
    isCustom = code == 32
    if isCustom {
      let ownName = try table.string(1)
      name = ownName.isEmpty ? "CUSTOM" : ownName
    } else {
      name = tfliteOperatorNames.indices.contains(code) ? tfliteOperatorNames[code] : "BUILTIN_\(code)"
    }
  }
}

struct TFLiteTensor {
  var index: Int
  /// The tensor's name, or one made from its index.
  var name: String
  var shape: [Int]
  /// The shape with -1 for dimensions unknown until run time; empty where all are known.
  var signature: [Int]
  var typeCode: Int
  var buffer: Int
  /// Scales and zero points as the file has them: one, or one an index of `quantizedAxis`; empty where it is not quantized.
  var scales: [Float]
  var zeroPoints: [Int]
  var quantizedAxis: Int
  var isVariable: Bool
  /// Where the constant holds few of its elements, which they are.
  var sparsity: TFLiteSparsity?

  init(_ table: FlatTable, index: Int) throws(DiagnosticError) {
    self.index = index
    let ownName = try table.string(3)
    name = ownName.isEmpty ? "tensor_\(index)" : ownName
    shape = try table.integers(0, of: Int32.self)
    signature = try table.integers(7, of: Int32.self)
    typeCode = Int(try table.integer(1, default: Int8(0)))
    buffer = Int(try table.integer(2, default: UInt32(0)))
    let quantization = try table.table(4)
    scales = try quantization?.integers(2, of: UInt32.self).map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) } ?? []
    zeroPoints = try quantization?.integers(3, of: Int64.self) ?? []
    quantizedAxis = Int(try quantization?.integer(6, default: Int32(0)) ?? 0)
    isVariable = try table.bool(5)
    sparsity = try table.table(6).map { table throws(DiagnosticError) in try TFLiteSparsity(table) }
    do { try checkExtents(shape) } catch { throw malformed(error.message) }
  }

  private func malformed(_ message: String) -> DiagnosticError {
    DiagnosticError(Diagnostic(code: "bad-file", node: name, message: "tensor \(index): \(message)", hint: "export the model again"))
  }

  /// `nil` for types that no operator here takes.
  var elementType: ElementType? {
    switch typeCode {
    case 0: .float32
    case 1: .float16
    case 2: .int32
    case 3: .uint8
    case 4: .int64
    case 6: .bool
    case 7: .int16
    case 9: .int8
    default: nil
    }
  }

  /// Of the handle of a variable.
  static let resourceType = 13

  /// Integers that stand for real numbers.
  var isQuantized: Bool {
    switch typeCode {
    case 3, 7, 9: !scales.isEmpty
    case 17: true
    default: false
    }
  }

  /// The type as the file declares it, for messages.
  var declaredType: TensorType { TensorType(elementType ?? .float32, shape) }

  static func name(ofType code: Int) -> String {
    let names = [
      "float32", "float16", "int32", "uint8", "int64", "string", "bool", "int16", "complex64", "int8", "float64", "complex128",
      "uint64", "resource", "variant", "uint32", "uint16", "int4", "bfloat16",
    ]
    return names.indices.contains(code) ? names[code] : "type \(code)"
  }
}

struct TFLiteOperator {
  var index: Int
  var code: Int
  /// Tensor indices; -1 is an absent optional input.
  var inputs: [Int]
  var outputs: [Int]
  /// The union's tag says which table `options` is.
  var optionsKind: Int
  var options: FlatTable?
  /// The bytes in the file of a custom operator's options.
  var customOptions: Range<Int>?

  init(_ table: FlatTable, index: Int) throws(DiagnosticError) {
    self.index = index
    code = Int(try table.integer(0, default: UInt32(0)))
    inputs = try table.integers(1, of: Int32.self)
    outputs = try table.integers(2, of: Int32.self)
    optionsKind = Int(try table.integer(3, default: UInt8(0)))
    options = try table.table(4)
    customOptions = try table.byteRange(5)
  }
}
