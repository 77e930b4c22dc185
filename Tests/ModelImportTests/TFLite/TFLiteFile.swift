/// Values of the FlatBuffers wire format, for building small models in tests.
indirect enum FlatValue {
  case scalar([UInt8])
  case vector(count: Int, [UInt8])
  case tables([FlatValue])
  case table([Int: FlatValue])

  static func int8(_ value: Int8) -> FlatValue { .scalar([UInt8(bitPattern: value)]) }
  static func bool(_ value: Bool) -> FlatValue { .scalar([value ? 1 : 0]) }
  static func int32(_ value: Int) -> FlatValue { .scalar(littleEndian(Int32(value))) }
  static func uint64(_ value: Int) -> FlatValue { .scalar(littleEndian(UInt64(value))) }
  static func float(_ value: Float) -> FlatValue { .scalar(littleEndian(value.bitPattern)) }
  static func string(_ value: String) -> FlatValue { .vector(count: value.utf8.count, Array(value.utf8) + [0]) }
  static func bytes(_ value: [UInt8]) -> FlatValue { .vector(count: value.count, value) }
  static func ints(_ values: [Int]) -> FlatValue { .vector(count: values.count, values.flatMap { littleEndian(Int32($0)) }) }
  static func floats(_ values: [Float]) -> FlatValue { .vector(count: values.count, values.flatMap { littleEndian($0.bitPattern) }) }
}

func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

/// Writes tables forward: vtable, inline fields, then what they refer to.
private struct FlatWriter {
  var bytes: [UInt8] = []

  mutating func write(_ value: FlatValue) -> Int {
    switch value {
    case .scalar: preconditionFailure("a scalar stands inside its table")
    case .vector(let count, let content):
      let position = bytes.count
      bytes += littleEndian(UInt32(count)) + content
      return position
    case .tables(let tables):
      let position = bytes.count
      bytes += littleEndian(UInt32(tables.count)) + Array(repeating: 0, count: 4 * tables.count)
      for (index, table) in tables.enumerated() { refer(at: position + 4 + 4 * index, to: write(table)) }
      return position
    case .table(let fields):
      let count = (fields.keys.max() ?? -1) + 1
      let vtable = bytes.count
      var slots = Array(repeating: 0, count: count)
      var inline: [UInt8] = []
      for (id, field) in fields.sorted(by: { $0.key < $1.key }) {
        slots[id] = 4 + inline.count
        if case .scalar(let content) = field { inline += content } else { inline += [0, 0, 0, 0] }
      }
      for size in [4 + 2 * count, 4 + inline.count] + slots { bytes += littleEndian(UInt16(size)) }
      let position = bytes.count
      bytes += littleEndian(Int32(position - vtable)) + inline
      for (id, field) in fields.sorted(by: { $0.key < $1.key }) {
        if case .scalar = field { continue }
        refer(at: position + slots[id], to: write(field))
      }
      return position
    }
  }

  mutating func refer(at place: Int, to target: Int) {
    bytes.replaceSubrange(place..<place + 4, with: littleEndian(UInt32(target - place)))
  }
}

/// The quantization of a tensor.
struct FlatLevels {
  var scales: [Float]
  var zeroPoints: [Int]
  var axis = 0

  init(_ scale: Float, _ zeroPoint: Int = 0) { (scales, zeroPoints) = ([scale], [zeroPoint]) }
  init(scales: [Float], zeroPoints: [Int], axis: Int = 0) { (self.scales, self.zeroPoints, self.axis) = (scales, zeroPoints, axis) }
}

/// A small TensorFlow Lite model. Codes, field ids and union tags are those of schema.fbs.
struct TFLiteFile {
  var tensors: [FlatValue] = []
  var operators: [FlatValue] = []
  var inputs: [Int] = []
  var outputs: [Int] = []
  var version = 3
  /// Further graphs, from number 1 on.
  var subgraphs: [FlatValue] = []
  var signatures: [FlatValue] = []
  private var codes: [FlatValue] = []
  private var buffers: [FlatValue] = [.table([:])]

  /// A tensor without data: an input, an activation or an output.
  mutating func activation(_ name: String, _ shape: [Int], signature: [Int]? = nil, type: Int8 = 0, levels: FlatLevels? = nil) -> Int {
    tensor(name, shape, type: type, signature: signature, buffer: 0, levels: levels)
  }

  mutating func input(_ name: String, _ shape: [Int], signature: [Int]? = nil, type: Int8 = 0, levels: FlatLevels? = nil) -> Int {
    inputs.append(activation(name, shape, signature: signature, type: type, levels: levels))
    return inputs[inputs.count - 1]
  }

  mutating func output(_ name: String, _ shape: [Int], type: Int8 = 0, levels: FlatLevels? = nil) -> Int {
    outputs.append(activation(name, shape, type: type, levels: levels))
    return outputs[outputs.count - 1]
  }

  mutating func constant(_ name: String, _ shape: [Int], _ floats: [Float]) -> Int {
    constant(name, shape, type: 0, bytes: floats.flatMap { littleEndian($0.bitPattern) })
  }

  /// A constant that holds few of its elements.
  mutating func sparse(_ name: String, _ shape: [Int], type: Int8, bytes: [UInt8], sparsity: FlatValue, levels: FlatLevels? = nil) -> Int {
    let index = constant(name, shape, type: type, bytes: bytes, levels: levels)
    if case .table(var fields) = tensors[index] {
      fields[6] = sparsity
      tensors[index] = .table(fields)
    }
    return index
  }

  /// Describes another graph, which shares this one's buffers and codes; its number.
  mutating func addSubgraph(_ describe: (inout TFLiteFile) -> Void) -> Int {
    let outer = (tensors, operators, inputs, outputs)
    (tensors, operators, inputs, outputs) = ([], [], [], [])
    describe(&self)
    subgraphs.append(graph)
    (tensors, operators, inputs, outputs) = outer
    return subgraphs.count
  }

  mutating func addSignature(_ key: String, inputs: [(String, Int)], outputs: [(String, Int)], subgraph: Int = 0) {
    func maps(_ entries: [(String, Int)]) -> FlatValue { .tables(entries.map { .table([0: .string($0.0), 1: .int32($0.1)]) }) }
    signatures.append(.table([0: maps(inputs), 1: maps(outputs), 2: .string(key), 4: .int32(subgraph)]))
  }

  private var graph: FlatValue { .table([0: .tables(tensors), 1: .ints(inputs), 2: .ints(outputs), 3: .tables(operators)]) }

  mutating func constant(_ name: String, _ integers: [Int], shape: [Int]? = nil) -> Int {
    constant(name, shape ?? [integers.count], type: 2, bytes: integers.flatMap { littleEndian(Int32($0)) })
  }

  mutating func constant(_ name: String, _ shape: [Int], type: Int8, bytes: [UInt8], levels: FlatLevels? = nil) -> Int {
    buffers.append(.table([0: .bytes(bytes)]))
    return tensor(name, shape, type: type, signature: nil, buffer: buffers.count - 1, levels: levels)
  }

  private mutating func tensor(_ name: String, _ shape: [Int], type: Int8, signature: [Int]?, buffer: Int, levels: FlatLevels?) -> Int {
    var fields: [Int: FlatValue] = [0: .ints(shape), 1: .int8(type), 2: .int32(buffer), 3: .string(name)]
    if let signature { fields[7] = .ints(signature) }
    if let levels {
      let zeroPoints = FlatValue.vector(count: levels.zeroPoints.count, levels.zeroPoints.flatMap { littleEndian(Int64($0)) })
      fields[4] = .table([2: .floats(levels.scales), 3: zeroPoints, 6: .int32(levels.axis)])
    }
    tensors.append(.table(fields))
    return tensors.count - 1
  }

  mutating func add(
    _ code: Int, _ inputs: [Int], _ outputs: [Int], options: (kind: Int, fields: [Int: FlatValue])? = nil, custom: String? = nil,
    customOptions: [UInt8]? = nil
  ) {
    var fields: [Int: FlatValue] = [0: .int8(Int8(min(code, 127))), 3: .int32(code)]
    if let custom { fields[1] = .string(custom) }
    codes.append(.table(fields))
    var op: [Int: FlatValue] = [0: .int32(codes.count - 1), 1: .ints(inputs), 2: .ints(outputs)]
    if let options {
      op[3] = .int8(Int8(options.kind))
      op[4] = .table(options.fields)
    }
    if let customOptions { op[5] = .bytes(customOptions) }
    operators.append(.table(op))
  }

  var bytes: [UInt8] {
    var writer = FlatWriter(bytes: [0, 0, 0, 0] + Array("TFL3".utf8))
    var fields: [Int: FlatValue] = [0: .int32(version), 1: .tables(codes), 2: .tables([graph] + subgraphs), 4: .tables(buffers)]
    if !signatures.isEmpty { fields[7] = .tables(signatures) }
    let root = writer.write(.table(fields))
    writer.refer(at: 0, to: root)
    return writer.bytes
  }
}
