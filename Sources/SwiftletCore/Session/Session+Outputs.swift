package import CKernels

extension Session {
  /// Reads an output as floats in the caller's order and layout: dequantize and permute, in one step.
  package func output(_ index: Int, into values: UnsafeMutableBufferPointer<Float>) throws(RunFault) {
    let binding = try output(index)
    let tensor = view.tensors[Int(binding.tensor)]
    guard UInt64(values.count) == tensor.elementCount, let target = values.baseAddress else {
      throw RunFault(.elementCount, index: index, need: tensor.elementCount, have: UInt64(values.count))
    }
    try unsafe readFloats(tensor, Traversal(binding), into: target)
  }

  /// Reads an output as elements of its raw type (int8 in the file's domain, uint8 where the source model has that), in the caller's order and
  /// layout.
  package func output(_ index: Int, raw: UnsafeMutableRawBufferPointer) throws(RunFault) {
    let binding = try output(index)
    let tensor = view.tensors[Int(binding.tensor)]
    let type = rawType(binding, tensor)
    let size = Int(elementBytes(type))
    let need = tensor.elementCount * UInt64(size)
    guard UInt64(raw.count) == need, let target = raw.baseAddress else {
      throw RunFault(.byteCount, index: index, need: need, have: UInt64(raw.count))
    }
    try unsafe moveElements(index, binding, tensor, target, isInput: false)
  }

  /// Reads any tensor of this program as floats, in the arena's order: what an observer sees between two instructions.
  package func tensor(_ index: Int, into values: UnsafeMutableBufferPointer<Float>) throws(RunFault) {
    let tensor = try self.tensor(index)
    guard UInt64(values.count) == tensor.elementCount, let target = values.baseAddress else {
      throw RunFault(.elementCount, index: index, need: tensor.elementCount, have: UInt64(values.count))
    }
    try unsafe readFloats(tensor, Traversal(count: values.count), into: target)
  }

  /// The floats of a float32 tensor where they lie, nil for other types.
  package func floats(ofTensor index: Int) throws(RunFault) -> UnsafeBufferPointer<Float>? {
    let tensor = try self.tensor(index)
    guard tensor.dtype == CK_DTYPE_F32.rawValue else { return nil }
    let start = unsafe UnsafeRawPointer(address(tensor)).assumingMemoryBound(to: Float.self)
    return unsafe UnsafeBufferPointer(start: start, count: Int(tensor.elementCount))
  }

  /// A tensor that this session can read: a constant, or one inside its arena.
  package func tensor(_ index: Int) throws(RunFault) -> ck_tensor {
    guard index >= 0, index < view.tensors.count else { throw RunFault(.noSuchTensor, index: index, need: UInt64(view.tensors.count)) }
    let tensor = view.tensors[index]
    // Other programs' tensors may lie beyond this arena.
    guard tensor.isConstant || (tensor.offset <= program.arena_bytes && tensor.bytes <= program.arena_bytes - tensor.offset) else {
      throw RunFault(.noSuchTensor, index: index, need: UInt64(view.tensors.count))
    }
    return tensor
  }

  /// Binding of an output of this program.
  package func output(_ index: Int) throws(RunFault) -> ck_binding {
    guard index >= 0, index < Int(program.output_count) else {
      throw RunFault(.noSuchOutput, index: index, need: UInt64(program.output_count))
    }
    return view.bindings[view.outputs(program).lowerBound + index]
  }

  private func readFloats(_ tensor: ck_tensor, _ traversal: Traversal, into target: UnsafeMutablePointer<Float>) throws(RunFault) {
    let bytes = unsafe UnsafeRawPointer(address(tensor))
    // Integers that are not quantized are numbers as they are.
    var plain = tensor
    if plain.scale == 0 { plain.scale = 1 }
    let scale = plain.scale
    let zeroPoint = plain.zero_point
    switch ck_dtype(UInt32(tensor.dtype)) {
    case CK_DTYPE_S8, CK_DTYPE_U8, CK_DTYPE_BOOL:
      var codec = ck_codec(plain, xor: arenaXor(tensor))
      let stored = unsafe address(tensor)
      try traversal.forEachBlock { block in
        var described = unsafe ck_codec_block(block)
        unsafe codecKernels.decode(&codec, &described, stored + block.target, target + block.source)
      }
    case CK_DTYPE_F32:
      try traversal.forEachElement { element, place in
        unsafe target[element] = bytes.load(fromByteOffset: 4 * place, as: Float.self)
      }
    default:
      // One loop for the seldom ones: each would be a kilobyte of firmware.
      try traversal.forEachElement { element, place in
        let value: Float
        switch ck_dtype(UInt32(tensor.dtype)) {
        case CK_DTYPE_S16: value = unsafe Float(Int32(bytes.load(fromByteOffset: 2 * place, as: Int16.self)) &- zeroPoint) * scale
        case CK_DTYPE_F16: value = unsafe floatFromHalf(bytes.load(fromByteOffset: 2 * place, as: UInt16.self))
        case CK_DTYPE_S32: value = unsafe Float(bytes.load(fromByteOffset: 4 * place, as: Int32.self)) * scale
        default: value = unsafe Float(bytes.load(fromByteOffset: 8 * place, as: Int64.self)) * scale
        }
        unsafe target[element] = value
      }
    }
  }
}

/// Value of an IEEE 754 binary16. (`Float16` is missing on x86-64 macOS and calls the compiler's run-time library elsewhere.)
func floatFromHalf(_ half: UInt16) -> Float {
  let sign: Float = half & 0x8000 == 0 ? 1 : -1
  let exponent = UInt32(half >> 10 & 0x1F)
  let fraction = UInt32(half & 0x3FF)
  if exponent == 0 { return sign * Float(fraction) / 16_777_216 }
  if exponent == 31 { return fraction == 0 ? sign * .infinity : .nan }
  return sign * Float(bitPattern: (exponent + 112) << 23 | fraction << 13)
}
