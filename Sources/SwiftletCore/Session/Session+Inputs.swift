package import CKernels

extension Session {
  /// Sets an input from floats in the caller's order and layout: permute, (x - mean[c]) * inverse deviation[c], quantize, in one step.
  /// Throws on a wrong count, on not-a-number for a quantized or integer input, and on a value that an integer input cannot hold.
  package mutating func setInput(_ index: Int, _ values: UnsafeBufferPointer<Float>) throws(RunFault) {
    let binding = try input(index)
    let tensor = view.tensors[Int(binding.tensor)]
    guard UInt64(values.count) == tensor.elementCount, let source = values.baseAddress else {
      throw RunFault(.elementCount, index: index, need: tensor.elementCount, have: UInt64(values.count))
    }
    let target = unsafe address(tensor)
    let normalization = Normalization(binding, view)
    let traversal = Traversal(binding)
    switch ck_dtype(UInt32(tensor.dtype)) {
    case CK_DTYPE_S8 where tensor.scale > 0, CK_DTYPE_U8 where tensor.scale > 0:
      var codec = ck_codec(tensor, xor: arenaXor(tensor))
      var unordered = false
      try traversal.forEachBlock { block in
        var described = unsafe normalization.described(block)
        if unsafe codecKernels.encode(&codec, &described, source + block.source, target + block.target) { unordered = true }
      }
      if unordered { throw RunFault(.notANumber, index: index, have: unsafe Self.firstUnordered(values)) }
    case CK_DTYPE_F32:
      let floats = unsafe UnsafeMutableRawPointer(target).assumingMemoryBound(to: Float.self)
      try traversal.forEachBlock { block in
        unsafe normalization.forEach(block, source) { x, place in unsafe floats[place] = x }
      }
    default:
      try unsafe setIntegers(index, tensor, rawType(binding, tensor), traversal, normalization, source, target)
    }
    markSet(index)
  }

  /// Sets an input from elements of its raw type (int8 in the file's domain, uint8 where the source model has that), in the caller's order and
  /// layout. Throws on a wrong count, and on a value of a wider type than the runtime's that does not fit.
  package mutating func setInput(_ index: Int, raw: UnsafeRawBufferPointer) throws(RunFault) {
    let binding = try input(index)
    let tensor = view.tensors[Int(binding.tensor)]
    let type = rawType(binding, tensor)
    let size = Int(elementBytes(type))
    let need = tensor.elementCount * UInt64(size)
    guard UInt64(raw.count) == need, let source = raw.baseAddress else {
      throw RunFault(.byteCount, index: index, need: need, have: UInt64(raw.count))
    }
    try unsafe moveElements(index, binding, tensor, UnsafeMutableRawPointer(mutating: source), isInput: true)
    markSet(index)
  }

  /// Stores an input's raw elements, or loads an output's: one function, as firmware is short of room. An input's `values` are only read.
  @inline(never)
  func moveElements(
    _ index: Int, _ binding: ck_binding, _ tensor: ck_tensor, _ values: UnsafeMutableRawPointer, isInput: Bool
  ) throws(RunFault) {
    let type = rawType(binding, tensor)
    let size = Int(elementBytes(type))
    let width = Int(elementBytes(tensor.dtype))
    // Levels of uint8 are those of int8 plus 128.
    let xor = tensor.scale > 0 && type != tensor.dtype ? arenaXor(tensor) ^ 0x80 : arenaXor(tensor)
    let values = unsafe values.assumingMemoryBound(to: UInt8.self)
    let stored = unsafe address(tensor)
    try Traversal(binding).forEachBlock { (block) throws(RunFault) in
      var described = unsafe ck_codec_block(block)
      let theirs = unsafe values + block.source * size
      let ours = unsafe stored + block.target * width
      guard isInput else { return unsafe ck_load_elements(&described, UInt32(type), UInt32(tensor.dtype), xor, ours, theirs) }
      let refused = unsafe ck_store_elements(&described, UInt32(type), UInt32(tensor.dtype), xor, theirs, ours)
      // SIZE_MAX, or an element of the block.
      guard UInt(bitPattern: refused) == UInt.max else { throw RunFault(.outOfRange, index: index, have: UInt64(block.source + refused)) }
    }
  }

  /// Binding of an input of this program.
  package func input(_ index: Int) throws(RunFault) -> ck_binding {
    guard index >= 0, index < Int(program.input_count) else {
      throw RunFault(.noSuchInput, index: index, need: UInt64(program.input_count))
    }
    return view.bindings[view.inputs(program).lowerBound + index]
  }

  private static func firstUnordered(_ values: UnsafeBufferPointer<Float>) -> UInt64 {
    for index in 0..<values.count where unsafe values[index].isNaN { return UInt64(index) }
    return 0
  }

  /// Integer inputs: quantized int16, or whole numbers as they are.
  private func setIntegers(
    _ index: Int, _ tensor: ck_tensor, _ type: UInt8, _ traversal: Traversal, _ normalization: Normalization,
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<UInt8>
  ) throws(RunFault) {
    let bytes = UnsafeMutableRawPointer(target)
    let xor = arenaXor(tensor)
    try traversal.forEachElement { (element, place) throws(RunFault) in
      let given = unsafe source[element]
      guard !given.isNaN else { throw RunFault(.notANumber, index: index, have: UInt64(element)) }
      let x = normalization.apply(given, channel: normalization.channel(of: element))
      let stored: Bool
      switch ck_dtype(UInt32(tensor.dtype)) {
      case CK_DTYPE_S8: stored = unsafe Self.store(exactInteger(x, Int8.self).map { UInt8(bitPattern: $0) ^ xor }, bytes + place)
      case CK_DTYPE_U8: stored = unsafe Self.store(exactInteger(x, UInt8.self), bytes + place)
      case CK_DTYPE_BOOL: stored = unsafe Self.store(x != 0 ? UInt8(1) : 0, bytes + place)
      case CK_DTYPE_S16 where tensor.scale > 0:
        let lowest = Float(-32768 - tensor.zero_point)
        let highest = Float(32767 - tensor.zero_point)
        let v = min(max(x * (1 / tensor.scale), lowest), highest)
        let q = Int32(bitPattern: (v + 12_582_912).bitPattern &- Float(12_582_912).bitPattern) &+ tensor.zero_point
        stored = unsafe Self.store(Int16(truncatingIfNeeded: q), bytes + 2 * place)
      case CK_DTYPE_S16: stored = unsafe Self.store(exactInteger(x, Int16.self), bytes + 2 * place)
      case CK_DTYPE_S32:
        stored = unsafe Self.store(exactInteger(x, Int32.self).flatMap { holds(type, $0) ? $0 : nil }, bytes + 4 * place)
      default: stored = unsafe Self.store(exactInteger(x, Int64.self), bytes + 8 * place)
      }
      guard stored else { throw RunFault(.outOfRange, index: index, have: UInt64(element)) }
    }
  }

  @inline(__always)
  private static func store<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer?, _ target: UnsafeMutableRawPointer) -> Bool {
    guard let value else { return false }
    unsafe target.storeBytes(of: value, as: Integer.self)
    return true
  }
}

/// (x - mean[c]) * inverse deviation[c] of an input, or nothing.
@safe struct Normalization {
  private let means: UnsafePointer<Float>?
  private let count: Int
  /// Elements of the caller between one channel and the next.
  private let channelStride: Int

  init(_ binding: ck_binding, _ view: ModelView) {
    count = Int(binding.channel_count)
    unsafe means = count > 0 ? UnsafeRawPointer(view.constant(binding.normalization)).assumingMemoryBound(to: Float.self) : nil
    var stride = 1
    var axis = Int(binding.rank) - 1
    while axis > Int(binding.channel_axis) {
      stride *= Int(element(binding.dims, axis))
      axis -= 1
    }
    channelStride = stride
  }

  func channel(of element: Int) -> Int { count > 1 ? element / channelStride % count : 0 }

  @inline(__always)
  func apply(_ x: Float, channel: Int) -> Float {
    guard let means = unsafe means else { return x }
    return unsafe (x - means[channel]) * means[count + channel]
  }

  /// A block as the codec's kernels take it.
  func described(_ block: Traversal.Block) -> ck_codec_block {
    var described = unsafe ck_codec_block(block)
    if let means = unsafe means {
      // A channel axis inside the block counts from 0; one outside it has one channel for the whole block.
      let first = block.outerChannels || block.innerChannels ? 0 : block.channel
      unsafe described.mean = means + first
      unsafe described.inverse_std = means + count + first
      unsafe described.outer_channel = block.outerChannels ? 1 : 0
      unsafe described.inner_channel = block.innerChannels ? 1 : 0
    }
    return unsafe described
  }

  /// Calls `body` with each normalized element of a block and its place in the tensor.
  @inline(__always)
  func forEach(_ block: Traversal.Block, _ source: UnsafePointer<Float>, _ body: (Float, Int) -> Void) {
    var from = unsafe source + block.source
    for outer in 0..<block.outer {
      let target = block.target + outer * block.outerStride
      let channel = block.outerChannels ? outer : block.channel
      if block.innerChannels {
        for inner in 0..<block.inner { body(apply(unsafe from[inner], channel: inner), target + inner * block.innerStride) }
      } else if block.innerStride == 1 {
        for inner in 0..<block.inner { body(apply(unsafe from[inner], channel: channel), target + inner) }
      } else {
        for inner in 0..<block.inner { body(apply(unsafe from[inner], channel: channel), target + inner * block.innerStride) }
      }
      unsafe from += block.inner
    }
  }
}

extension Traversal {
  /// Calls `body` with each element's index for the caller and its place in the tensor.
  @inline(__always)
  func forEachElement(_ body: (_ element: Int, _ place: Int) throws(RunFault) -> Void) throws(RunFault) {
    try forEachBlock { (block) throws(RunFault) in
      var element = block.source
      for outer in 0..<block.outer {
        let target = block.target + outer * block.outerStride
        for inner in 0..<block.inner { try body(element + inner, target + inner * block.innerStride) }
        element += block.inner
      }
    }
  }
}
