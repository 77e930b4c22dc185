import CKernels
import ModelGraph

/// A walk over `dims` that reads one tensor and writes another; strides and offsets in elements.
package struct StridedCopy: Hashable, Sendable {
  package var dims: [Int]
  package var inputStrides: [Int]
  package var outputStrides: [Int]
  package var inputOffset = 0
  package var outputOffset = 0

  init(dims: [Int], inputStrides: [Int], outputStrides: [Int], inputOffset: Int = 0, outputOffset: Int = 0) {
    (self.dims, self.inputStrides, self.outputStrides) = (dims, inputStrides, outputStrides)
    (self.inputOffset, self.outputOffset) = (inputOffset, outputOffset)
  }

  init(contiguous count: Int) { self.init(dims: [count], inputStrides: [1], outputStrides: [1]) }

  /// Axis i of the output is axis `permutation[i]` of the input.
  init(transposing shape: [Int], _ permutation: [Int]) {
    let dims = permutation.map { shape[$0] }
    let strides = rowMajorStrides(shape)
    self.init(dims: dims, inputStrides: permutation.map { strides[$0] }, outputStrides: rowMajorStrides(dims))
  }

  /// The same walk with as few axes as it takes, at least one.
  var collapsed: StridedCopy {
    var result = StridedCopy(dims: [], inputStrides: [], outputStrides: [], inputOffset: inputOffset, outputOffset: outputOffset)
    for axis in dims.indices where dims[axis] != 1 {
      if let last = result.dims.indices.last, result.inputStrides[last] == inputStrides[axis] * dims[axis],
        result.outputStrides[last] == outputStrides[axis] * dims[axis]
      {
        result.dims[last] *= dims[axis]
        (result.inputStrides[last], result.outputStrides[last]) = (inputStrides[axis], outputStrides[axis])
      } else {
        result.dims.append(dims[axis])
        result.inputStrides.append(inputStrides[axis])
        result.outputStrides.append(outputStrides[axis])
      }
    }
    if result.dims.isEmpty { (result.dims, result.inputStrides, result.outputStrides) = ([1], [1], [1]) }
    return result
  }

  /// The count of elements where the walk reads and writes them one after the other.
  var contiguousCount: Int? {
    let walk = collapsed
    return walk.dims.count == 1 && walk.inputStrides == [1] && walk.outputStrides == [1] ? walk.dims[0] : nil
  }
}

/// Strides in elements of a row-major tensor.
func rowMajorStrides(_ shape: [Int]) -> [Int] {
  var strides = Array(repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
  return strides
}

extension LoweringContext {
  /// A COPY between tensors of one format.
  /// - Throws: `too-large` where more than six axes remain, or a stride leaves 32 bits.
  mutating func emitCopy(_ node: Node, _ copy: StridedCopy, from source: TensorID, to target: TensorID) throws(LoweringError) {
    let walk = copy.collapsed
    guard walk.dims.count <= Int(CK_MAX_RANK) else {
      throw LoweringError("too-large", "moving these elements takes \(walk.dims.count) axes, at most \(CK_MAX_RANK) are supported")
    }
    let elementBytes = program[source].format.elementBytes
    var parameters = ck_copy_parameters()
    parameters.rank = UInt32(walk.dims.count)
    parameters.element_bytes = UInt32(elementBytes)
    var (dims, inputStrides, outputStrides): ([UInt32], [Int32], [Int32]) = ([], [], [])
    for axis in 0..<Int(CK_MAX_RANK) {
      let isUsed = axis < walk.dims.count
      dims.append(try field(isUsed ? walk.dims[axis] : 1))
      inputStrides.append(try stride(isUsed ? walk.inputStrides[axis] : 0, elementBytes))
      outputStrides.append(try stride(isUsed ? walk.outputStrides[axis] : 0, elementBytes))
    }
    setArray(&parameters.dims, dims)
    setArray(&parameters.input_stride, inputStrides)
    setArray(&parameters.output_stride, outputStrides)
    parameters.input_offset = UInt64(walk.inputOffset * elementBytes)
    parameters.output_offset = UInt64(walk.outputOffset * elementBytes)
    var instruction = Instruction(CK_OP_COPY, node.name, inputs: [source], outputs: [target], parameters: parameters)
    instruction.copy = copy
    emit(instruction)
  }

  private func stride(_ elements: Int, _ elementBytes: Int) throws(LoweringError) -> Int32 {
    guard let stride = Int32(exactly: elements * elementBytes) else {
      throw LoweringError("too-large", "a stride of \(elements) elements does not fit the file's 32 bits")
    }
    return stride
  }
}
