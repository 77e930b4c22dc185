import CKernels
package import ModelGraph

/// A program under construction: what lowering writes, the planner places and the writer encodes.
package struct Program: Sendable {
  /// An input or output of the caller and the tensor that holds it.
  package struct Binding<Interface: Sendable>: Sendable {
    package var interface: Interface
    package var tensor: TensorID
  }

  package var name: String
  package var tensors: [ProgramTensor] = []
  /// Bytes of each arena buffer.
  package var buffers: [Int] = []
  package var instructions: [Instruction] = []
  package var constants = ConstantPool()
  package var inputs: [Binding<GraphInput>] = []
  package var outputs: [Binding<GraphOutput>] = []
  package var multiplyAccumulates = 0

  package init(name: String) { self.name = name }

  package subscript(_ id: TensorID) -> ProgramTensor {
    get { tensors[id.index] }
    set { tensors[id.index] = newValue }
  }

  /// A tensor with a buffer of its own.
  package mutating func addTensor(_ name: String, _ format: TensorFormat, _ shape: [Int]) -> TensorID {
    let tensor = ProgramTensor(name: name, format: format, shape: shape, storage: .arena(buffer: buffers.count, offset: 0))
    buffers.append(tensor.byteCount)
    return add(tensor)
  }

  /// The same bytes under another name and shape.
  package mutating func addView(of id: TensorID, _ name: String, _ shape: [Int]) -> TensorID {
    var tensor = self[id]
    (tensor.name, tensor.shape) = (name, shape)
    return add(tensor)
  }

  package mutating func addConstant(_ name: String, _ format: TensorFormat, _ shape: [Int], bytes: [UInt8]) -> TensorID {
    let place = constants.add(bytes)
    return add(ProgramTensor(name: name, format: format, shape: shape, storage: .constants(offset: Int(place.offset))))
  }

  mutating func add(_ tensor: ProgramTensor) -> TensorID {
    tensors.append(tensor)
    return TensorID(index: tensors.count - 1)
  }
}
