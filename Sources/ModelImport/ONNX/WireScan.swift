import ModelGraph

/// Bounds what decoding an ONNX file takes, before it is decoded.
///
/// A message of two bytes (a tag and a length of 0) becomes an object of a hundred and more, and messages nest as deep as the file
/// says. One pass over the protobuf wire format, in place and with a stack of fixed size, counts the messages that the decoder would
/// make and how deep they lie. It skips what it does not know, the weights above all, so it reads kilobytes of most files.
struct WireScan {
  /// A net of 100,000 nodes, each with eight attributes or shapes.
  static let maximumMessages = 1 << 20
  /// A graph in an attribute of a node is three levels below the one around it.
  static let maximumDepth = 48

  private let bytes: UnsafeRawBufferPointer
  private var messages = 0

  /// - Throws: `bad-file` where the limits are passed or the bytes are no protobuf message.
  static func check(_ bytes: [UInt8], name: String) throws(DiagnosticError) {
    let fault = bytes.withUnsafeBytes { buffer in
      var scan = WireScan(bytes: buffer)
      return scan.fault()
    }
    guard let fault else { return }
    switch fault {
    case .damaged:
      throw DiagnosticError(
        Diagnostic(
          code: "bad-file", message: "\(name) is neither an ONNX nor a TFLite model, or it is damaged",
          hint: "export the model again, or fetch the file again if it was cut short"))
    case .tooMany:
      throw DiagnosticError(
        Diagnostic(
          code: "bad-file", message: "\(name) holds more than \(maximumMessages) nodes, attributes and shapes",
          hint: "simplify the model, or take the inner shapes (value_info) out of it"))
    case .tooDeep:
      throw DiagnosticError(
        Diagnostic(
          code: "bad-file", message: "\(name) nests graphs more than \(maximumDepth / 3) deep",
          hint: "export with static shapes, so that the exporter resolves the control flow"))
    }
  }

  private enum Fault { case damaged, tooMany, tooDeep }

  private mutating func fault() -> Fault? {
    var stack: [(message: Message, end: Int)] = [(.model, bytes.count)]
    var position = 0
    while let top = stack.last {
      if position == top.end {
        stack.removeLast()
        continue
      }
      guard let tag = varint(at: &position, before: top.end), tag >> 3 > 0 else { return .damaged }
      switch tag & 7 {
      case 0: if varint(at: &position, before: top.end) == nil { return .damaged }
      case 1: position += 8
      case 5: position += 4
      case 2:
        guard let length = varint(at: &position, before: top.end), length <= UInt64(top.end - position) else { return .damaged }
        guard let inner = top.message.inner(field: tag >> 3) else {
          position += Int(length)
          continue
        }
        messages += 1
        if messages > Self.maximumMessages { return .tooMany }
        if stack.count > Self.maximumDepth { return .tooDeep }
        stack.append((inner, position + Int(length)))
      // Groups, which ONNX has never used, and types that do not exist.
      default: return .damaged
      }
      guard position <= top.end else { return .damaged }
    }
    return nil
  }

  private func varint(at position: inout Int, before end: Int) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64 as UInt64, by: 7) {
      guard position < end else { return nil }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  /// The messages of onnx.proto that hold others, and those that hold none.
  private enum Message {
    case model, function, graph, node, attribute, tensor, sparseTensor, valueInfo, type, tensorType, shape, leaf

    /// The message that a field holds; nil for fields of bytes and unknown ones.
    func inner(field: UInt64) -> Message? {
      switch (self, field) {
      case (.model, 7), (.attribute, 6): .graph
      case (.model, 25): .function
      case (.model, 8), (.function, 9), (.tensor, 13), (.shape, 1): .leaf
      case (.function, 7), (.graph, 1): .node
      case (.function, 11), (.node, 5): .attribute
      case (.graph, 5), (.attribute, 5), (.sparseTensor, 1), (.sparseTensor, 2): .tensor
      case (.graph, 11), (.graph, 12), (.graph, 13): .valueInfo
      case (.graph, 15): .sparseTensor
      case (.valueInfo, 2): .type
      case (.type, 1): .tensorType
      case (.tensorType, 2): .shape
      default: nil
      }
    }
  }
}
