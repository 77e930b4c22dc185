import CKernels

extension Program {
  /// Removes contiguous copies by letting source and target share bytes: a concatenation's inputs are computed straight into
  /// it, a slice is a view. Nothing else about the program changes: every value is still written once, before it is read.
  package mutating func eliminateCopies() {
    for index in instructions.indices { narrowTarget(of: index) }
    var isRemoved = Array(repeating: false, count: instructions.count)
    for index in instructions.indices {
      guard let copy = instructions[index].copy, let count = copy.contiguousCount else { continue }
      let (source, target) = (instructions[index].inputs[0], instructions[index].outputs[0])
      guard let from = self[source].buffer, let to = self[target].buffer, from != to else { continue }
      let elementBytes = self[source].format.elementBytes
      isRemoved[index] = true
      if copy.inputOffset == 0, count == self[source].elementCount, fillsBuffer(source),
        canMerge(from, into: to, at: start(target) + copy.outputOffset * elementBytes, writtenBefore: nil, isRemoved)
      {
        merge(from, into: to, at: start(target) + copy.outputOffset * elementBytes)
      } else if copy.outputOffset == 0, count == self[target].elementCount, fillsBuffer(target),
        canMerge(to, into: from, at: start(source) + copy.inputOffset * elementBytes, writtenBefore: index, isRemoved)
      {
        merge(to, into: from, at: start(source) + copy.inputOffset * elementBytes)
      } else {
        isRemoved[index] = false
      }
    }
    instructions = zip(instructions, isRemoved).filter { !$0.1 }.map(\.0)
  }

  private func start(_ id: TensorID) -> Int {
    if case .arena(_, let offset) = self[id].storage { offset } else { 0 }
  }

  private func fillsBuffer(_ id: TensorID) -> Bool {
    guard let buffer = self[id].buffer else { return false }
    return start(id) == 0 && buffers[buffer] == self[id].byteCount
  }

  /// Makes a contiguous copy into a part of its target one into a tensor that is this part, so that the rest stays readable.
  private mutating func narrowTarget(of index: Int) {
    guard let copy = instructions[index].copy, let count = copy.contiguousCount else { return }
    let target = instructions[index].outputs[0]
    let offset = copy.outputOffset * self[target].format.elementBytes
    guard case .arena(let buffer, let base) = self[target].storage, count < self[target].elementCount,
      (base + offset) % Int(CK_TENSOR_ALIGNMENT) == 0
    else { return }
    let part = addView(of: target, "\(self[target].name)/\(copy.outputOffset)", [count])
    self[part].storage = .arena(buffer: buffer, offset: base + offset)
    var narrowed = copy
    narrowed.outputOffset = 0
    instructions[index].outputs = [part]
    instructions[index].copy = narrowed
    instructions[index].setCopyOutputOffset(0)
  }

  /// Whether `buffer` may lie in `target` from `offset` on.
  ///
  /// Nothing but the tensors of `buffer` may be written there (with `writtenBefore`: from that instruction on), and no instruction may
  /// come to read bytes that it writes.
  private func canMerge(_ buffer: Int, into target: Int, at offset: Int, writtenBefore: Int?, _ isRemoved: [Bool]) -> Bool {
    guard offset % Int(CK_TENSOR_ALIGNMENT) == 0 else { return false }
    let place = offset..<offset + buffers[buffer]
    for (index, instruction) in instructions.enumerated() where !isRemoved[index] {
      let writes = instruction.outputs.filter { self[$0].buffer == target && extent($0).overlaps(place) }
      if !writes.isEmpty, writtenBefore.map({ index >= $0 }) ?? true { return false }
      for read in instruction.inputs where self[read].buffer == buffer {
        let moved = extent(read).lowerBound + offset..<extent(read).upperBound + offset
        if instruction.outputs.contains(where: { self[$0].buffer == target && extent($0).overlaps(moved) }) { return false }
      }
      for write in instruction.outputs where self[write].buffer == buffer {
        // A slice that something else writes too, or an input of both that a write would reach.
        if writtenBefore != nil { return false }
        let moved = extent(write).lowerBound + offset..<extent(write).upperBound + offset
        if instruction.inputs.contains(where: { self[$0].buffer == target && extent($0).overlaps(moved) }) { return false }
      }
    }
    // Inputs are written by the caller, before everything.
    let isInput = inputs.contains { self[$0.tensor].buffer == target && extent($0.tensor).overlaps(place) }
    return (writtenBefore != nil || !isInput) && isReadInWholePieces(target, with: buffer, at: offset, isRemoved)
  }

  /// Whether, with `buffer` at `offset` of `target`, each tensor that is read is made of whole written ones or lies inside one, so that the
  /// validator can follow it: a slice across the seam of a concatenation is not.
  private func isReadInWholePieces(_ target: Int, with buffer: Int, at offset: Int, _ isRemoved: [Bool]) -> Bool {
    func place(_ id: TensorID) -> Range<Int>? {
      if self[id].buffer == target { return extent(id) }
      return self[id].buffer == buffer ? extent(id).lowerBound + offset..<extent(id).upperBound + offset : nil
    }
    var writes = Set(inputs.compactMap { place($0.tensor) })
    var reads = Set(outputs.compactMap { place($0.tensor) })
    for (index, instruction) in instructions.enumerated() where !isRemoved[index] {
      writes.formUnion(instruction.outputs.compactMap(place))
      reads.formUnion(instruction.inputs.compactMap(place))
    }
    return reads.allSatisfy { read in
      writes.allSatisfy { !$0.overlaps(read) || $0.contains(read) || read.contains($0) }
    }
  }

  private func extent(_ id: TensorID) -> Range<Int> { start(id)..<start(id) + self[id].byteCount }

  private mutating func merge(_ buffer: Int, into target: Int, at offset: Int) {
    for index in tensors.indices {
      guard case .arena(buffer, let start) = tensors[index].storage else { continue }
      tensors[index].storage = .arena(buffer: target, offset: start + offset)
    }
    buffers[buffer] = 0
  }
}

extension Instruction {
  fileprivate mutating func setCopyOutputOffset(_ bytes: UInt64) {
    guard let field = MemoryLayout<ck_copy_parameters>.offset(of: \.output_offset) else { return }
    parameters.replaceSubrange(field..<field + 8, with: recordBytes(bytes))
  }
}
