import CKernels

/// How wide tensors are cut into bands.
package struct BandLimits: Sendable {
  /// About what the rows of a band take of the wide tensor, in bytes.
  package var bandBytes = 96 << 10
  /// Wide tensors of more bytes leave a processor's second-level cache: bands of them are faster, too.
  package var cacheBytes = 512 << 10
  package init() {}
}

/// An expansion, the depthwise convolution behind it and perhaps the projection behind that, which can run by bands of output rows.
struct BandChain {
  private let expansion: Instruction
  private let depthwise: Instruction
  private let projection: Instruction?
  private let layer: ck_conv2d_parameters
  private let rows: [Band]
  let first: Int

  /// Of the expanded tensor.
  let wideBytes: Int
  var instructions: Range<Int> { first..<first + (projection == nil ? 2 : 3) }
  var emittedCount: Int { rows.reduce(0) { $0 + ($1.kept.isEmpty ? 0 : 1) + ($1.fresh.isEmpty ? 0 : 1) + instructions.count - 1 } }

  /// Rows of the expanded tensor that `output` rows of the depthwise layer read: `kept` from the band before, then `fresh` ones.
  private struct Band {
    var output: Range<Int>
    var kept: Range<Int>
    var fresh: Range<Int>
    var all: Range<Int> { (kept.isEmpty ? fresh : kept).lowerBound..<(fresh.isEmpty ? kept : fresh).upperBound }
  }

  /// The `count` instructions from `first` on, nil where they are no such chain.
  init?(_ first: Int, count: Int, in program: Program, readers: [Int: Int], bandBytes: Int) {
    guard first + count <= program.instructions.count else { return nil }
    self.first = first
    expansion = program.instructions[first]
    depthwise = program.instructions[first + 1]
    projection = count == 3 ? program.instructions[first + 2] : nil
    let alike = UInt16(CK_FLAG_FULL_RANGE.rawValue | CK_FLAG_LARGE_SCALE.rawValue)
    guard expansion.opcode == UInt16(CK_OP_GEMM_S8.rawValue), depthwise.opcode == UInt16(CK_OP_DWCONV2D_S8.rawValue),
      expansion.flags & ~alike == 0, depthwise.flags & ~alike == 0, depthwise.inputs == expansion.outputs,
      program.isOwned(expansion.outputs[0], readers), program[expansion.inputs[0]].buffer != nil
    else { return nil }
    let layer = depthwise.parameters.withUnsafeBytes { $0.loadUnaligned(as: ck_conv2d_parameters.self) }
    self.layer = layer
    let wide = expansion.parameters.withUnsafeBytes { $0.loadUnaligned(as: ck_gemm_parameters.self) }
    guard layer.batch == 1, max(layer.kernel_h, layer.dilation_h, layer.stride_h) <= 64, wide.n == layer.in_c,
      Int(wide.m) == Int(layer.in_h) * Int(layer.in_w)
    else { return nil }
    var outputRow = Int(layer.out_w) * Int(layer.out_c)
    if let projection {
      let narrow = projection.parameters.withUnsafeBytes { $0.loadUnaligned(as: ck_gemm_parameters.self) }
      guard projection.opcode == UInt16(CK_OP_GEMM_S8.rawValue), projection.flags & ~(alike | UInt16(CK_FLAG_ADD.rawValue)) == 0,
        projection.inputs[0] == depthwise.outputs[0], projection.inputs.allSatisfy({ program[$0].buffer != nil }),
        program.isOwned(depthwise.outputs[0], readers), Int(narrow.m) == Int(layer.out_h) * Int(layer.out_w), narrow.k == layer.out_c
      else { return nil }
      outputRow = Int(layer.out_w) * Int(narrow.n)
    }
    let inputs = [expansion.inputs[0], expansion.outputs[0]],
      outputs = [depthwise.outputs[0]] + (projection.map { $0.inputs + $0.outputs } ?? [])
    guard inputs.allSatisfy({ program[$0].isImage(layer.in_h, layer.in_w) }),
      outputs.allSatisfy({ program[$0].isImage(layer.out_h, layer.out_w) })
    else { return nil }
    let wideRow = Int(layer.in_w) * Int(layer.in_c)
    wideBytes = Int(layer.in_h) * wideRow
    let least = dividedUp(bandBytes, by: wideRow * Int(layer.stride_h))
    guard let rows = Self.bands(of: layer, least: least, wideRow: wideRow, outputRow: outputRow, inputRow: Int(layer.in_w) * Int(wide.k))
    else { return nil }
    self.rows = rows
  }

  /// Bands of `least` rows or a few more, nil where there is no use in them or tensors would begin at odd places.
  private static func bands(of layer: ck_conv2d_parameters, least: Int, wideRow: Int, outputRow: Int, inputRow: Int) -> [Band]? {
    let stride = Int(layer.stride_h), span = (Int(layer.kernel_h) - 1) * Int(layer.dilation_h) + 1, height = Int(layer.out_h)
    let least = max(least, 2, dividedUp(span, by: stride))
    return (least..<least + 16).lazy.compactMap { step -> [Band]? in
      guard step * 2 <= height else { return nil }
      var bands: [Band] = []
      var end = 0
      for start in Swift.stride(from: 0, to: height, by: step) {
        let output = start..<min(start + step, height)
        let begin = max(0, start * stride - Int(layer.pad_top))
        let needed = min(Int(layer.in_h), (output.upperBound - 1) * stride - Int(layer.pad_top) + span)
        guard begin < needed, needed >= end else { return nil }
        let fresh = max(begin, end)
        bands.append(Band(output: output, kept: min(begin, fresh)..<fresh, fresh: fresh..<needed))
        end = needed
      }
      let alignment = Int(CK_TENSOR_ALIGNMENT)
      let isAligned = bands.allSatisfy {
        $0.output.lowerBound * outputRow % alignment == 0 && $0.fresh.lowerBound * inputRow % alignment == 0
          && $0.kept.count * wideRow % alignment == 0 && $0.kept.lowerBound * wideRow % alignment == 0
      }
      // What a band keeps lies behind what it kept itself.
      let isApart = zip(bands, bands.dropFirst()).allSatisfy { band, next in
        next.kept.isEmpty
          || (next.kept.lowerBound >= band.fresh.lowerBound && next.kept.lowerBound - band.all.lowerBound >= next.kept.count)
      }
      return isAligned && isApart ? bands : nil
    }.first
  }

  /// The instructions, whose tensors are added to the program; the two wide tensors shrink to a band.
  func bands(in program: inout Program) -> [Instruction] {
    var result: [Instruction] = []
    let wide = expansion.outputs[0], deep = depthwise.outputs[0]
    let wideRow = wideBytes / Int(layer.in_h)
    let wideTensor = program[wide], deepTensor = program[deep]
    var before: Band?
    for band in rows {
      let name = " rows \(band.output.lowerBound)-\(band.output.upperBound - 1)"
      func at(_ row: Int) -> Int { (row - band.all.lowerBound) * wideRow }
      if let before, !band.kept.isEmpty {
        let source = program.rows(of: wideTensor, band.kept.count, at: (band.kept.lowerBound - before.all.lowerBound) * wideRow, name)
        let target = program.rows(of: wideTensor, band.kept.count, at: 0, name)
        result.append(Instruction(keeping: band.kept.count * wideRow, depthwise.name + name, from: source, to: target))
      }
      if !band.fresh.isEmpty {
        var part = expansion
        part.name += name
        part.inputs = [program.rows(of: program[expansion.inputs[0]], of: Int(layer.in_h), band.fresh, name)]
        part.outputs = [program.rows(of: wideTensor, band.fresh.count, at: at(band.fresh.lowerBound), name)]
        part.set(\ck_gemm_parameters.m, UInt32(band.fresh.count) * layer.in_w)
        result.append(part)
      }
      var part = depthwise
      part.name += name
      part.inputs = [program.rows(of: wideTensor, band.all.count, at: 0, name)]
      part.outputs =
        projection == nil
        ? [program.rows(of: deepTensor, of: Int(layer.out_h), band.output, name)]
        : [program.rows(of: deepTensor, band.output.count, at: 0, name)]
      part.set(\ck_conv2d_parameters.in_h, UInt32(band.all.count))
      part.set(\ck_conv2d_parameters.out_h, UInt32(band.output.count))
      part.set(
        \ck_conv2d_parameters.pad_top, UInt32(band.all.lowerBound - (band.output.lowerBound * Int(layer.stride_h) - Int(layer.pad_top))))
      result.append(part)
      if var part = projection {
        part.name += name
        let residuals = part.inputs.dropFirst().map { program.rows(of: program[$0], of: Int(layer.out_h), band.output, name) }
        part.inputs = [program.rows(of: deepTensor, band.output.count, at: 0, name)] + residuals
        part.outputs = [program.rows(of: program[part.outputs[0]], of: Int(layer.out_h), band.output, name)]
        part.set(\ck_gemm_parameters.m, UInt32(band.output.count) * layer.out_w)
        result.append(part)
      }
      before = band
    }
    program.shrink(wide, to: rows.map(\.all.count).max() ?? 0)
    if projection != nil { program.shrink(deep, to: rows.map(\.output.count).max() ?? 0) }
    return result
  }
}

extension ProgramTensor {
  /// Whether it is one image of that size.
  fileprivate func isImage(_ height: UInt32, _ width: UInt32) -> Bool {
    shape.count == 4 && shape[0] == 1 && shape[1] == Int(height) && shape[2] == Int(width)
  }
}

extension Program {
  /// Whether the tensor has a buffer to itself that one instruction reads.
  fileprivate func isOwned(_ id: TensorID, _ readers: [Int: Int]) -> Bool {
    guard case .arena(let buffer, offset: 0) = self[id].storage else { return false }
    return buffers[buffer] == self[id].byteCount && readers[buffer] == 1
  }

  /// A view of `count` rows of the tensor's, as wide as it, that begins `offset` bytes later.
  fileprivate mutating func rows(of tensor: ProgramTensor, _ count: Int, at offset: Int, _ name: String) -> TensorID {
    guard case .arena(let buffer, let start) = tensor.storage else { preconditionFailure("tensors cut into bands lie in the arena") }
    var part = tensor
    part.name += name
    part.shape = [1, count, part.shape[2], part.shape[3]]
    part.storage = .arena(buffer: buffer, offset: start + offset)
    return add(part)
  }

  /// Rows `range` of a tensor that has `all` of them.
  fileprivate mutating func rows(of tensor: ProgramTensor, of all: Int, _ range: Range<Int>, _ name: String) -> TensorID {
    rows(of: tensor, range.count, at: range.lowerBound * (tensor.byteCount / all), name)
  }

  /// Leaves `count` rows of a tensor that fills its buffer.
  fileprivate mutating func shrink(_ id: TensorID, to count: Int) {
    self[id].shape[1] = count
    if let buffer = self[id].buffer { buffers[buffer] = self[id].byteCount }
  }
}

extension Instruction {
  /// A copy of `count` bytes.
  fileprivate init(keeping count: Int, _ name: String, from source: TensorID, to target: TensorID) {
    var parameters = ck_copy_parameters()
    (parameters.rank, parameters.element_bytes) = (1, 1)
    setArray(&parameters.dims, [UInt32(count)] + Array(repeating: 1, count: Int(CK_MAX_RANK) - 1))
    setArray(&parameters.input_stride, [Int32(1)])
    setArray(&parameters.output_stride, [Int32(1)])
    self.init(CK_OP_COPY, name, inputs: [source], outputs: [target], parameters: parameters)
  }

  /// Sets one field of the parameters.
  fileprivate mutating func set<Parameters>(_ field: KeyPath<Parameters, UInt32>, _ value: UInt32) {
    guard let offset = MemoryLayout<Parameters>.offset(of: field) else { preconditionFailure("a stored field") }
    parameters.replaceSubrange(offset..<offset + 4, with: recordBytes(value))
  }
}
