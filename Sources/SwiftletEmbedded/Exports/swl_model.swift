public import CKernels
public import CSwiftlet

/// The last of the model's words, where it was opened: the address it was opened at, and what garbage hardly holds.
private let seal: UInt64 = 0x53_57_4C_2D_6F_70_65_6E
private let sealOffset = MemoryLayout<swl_model>.size - 8

private func sealed(_ model: UnsafeRawPointer) -> UInt64 { seal ^ UInt64(UInt(bitPattern: model)) }

/// The view that `swl_open` left in the caller's memory; nil where it did not.
func openView(_ model: UnsafePointer<swl_model>) -> ModelView? {
  guard unsafe !isBad(model, 8) else { return nil }
  let base = unsafe UnsafeRawPointer(model)
  guard unsafe base.load(fromByteOffset: sealOffset, as: UInt64.self) == sealed(base) else { return nil }
  return unsafe base.assumingMemoryBound(to: ModelView.self).pointee
}

/// What is wrong with a model that has no view.
func reportUnopened(_ model: UnsafePointer<swl_model>, _ error: UnsafeMutablePointer<swl_error>?) -> Int32 {
  unsafe isBad(model, 8) ? badPointer(model, 0, error, 8) : report(.notOpen, error)
}

/// Validates a file in place and leaves its view in `model`; 0, or the code of what is wrong with it.
@c @implementation
public func swl_open(
  _ model: UnsafeMutablePointer<swl_model>, _ file: UnsafeRawPointer, _ bytes: Int, _ operators: UnsafePointer<UnsafePointer<ck_operator>?>,
  _ flags: UInt32,
  _ error: UnsafeMutablePointer<swl_error>?
) -> Int32 {
  guard unsafe !isBad(model, 8) else { return unsafe badPointer(model, 0, error, 8) }
  let base = UnsafeMutableRawPointer(model)
  unsafe base.storeBytes(of: 0, toByteOffset: sealOffset, as: UInt64.self)
  guard unsafe !isBad(file) else { return unsafe badPointer(file, 1, error) }
  guard unsafe !isBad(operators, UInt(MemoryLayout<UnsafeRawPointer>.alignment)) else {
    return unsafe badPointer(operators, 3, error, UInt(MemoryLayout<UnsafeRawPointer>.alignment))
  }
  // A constant of the build: the header promises the size.
  guard MemoryLayout<ModelView>.size <= sealOffset else {
    return unsafe report(FormatError(.truncated, at: 0, expected: UInt64(MemoryLayout<ModelView>.size)), error)
  }
  do throws(FormatError) {
    let view = try unsafe ModelView.validated(
      inPlace: UnsafeRawBufferPointer(start: file, count: bytes >= 0 ? bytes : Int.max), operators: operators, verifyingConstants: flags & 1 != 0)
    unsafe base.initializeMemory(as: ModelView.self, to: view)
    unsafe base.storeBytes(of: sealed(base), toByteOffset: sealOffset, as: UInt64.self)
    return 0
  } catch let fault { return unsafe report(fault, error) }
}

/// Number of programs of an open model.
@c @implementation
public func swl_program_count(_ model: UnsafePointer<swl_model>) -> UInt32 { UInt32(unsafe openView(model)?.programs.count ?? 0) }

/// A program's record, nil where there is none.
func program(_ view: ModelView, _ index: UInt32) -> ck_program? { index < view.programs.count ? view.programs[Int(index)] : nil }

/// Arena and workspace bytes that a program needs; 0, or `noSuchProgram`.
@c @implementation
public func swl_program_sizes(
  _ model: UnsafePointer<swl_model>, _ index: UInt32, _ sizes: UnsafeMutablePointer<swl_sizes>, _ error: UnsafeMutablePointer<swl_error>?
) -> Int32 {
  guard let view = unsafe openView(model) else { return unsafe reportUnopened(model, error) }
  guard unsafe !isBad(sizes, 4) else { return unsafe badPointer(sizes, 2, error, 4) }
  guard let program = program(view, index) else { return unsafe report(noSuchProgram(view, index), error) }
  unsafe sizes.pointee = swl_sizes(arena_bytes: Int(program.arena_bytes), workspace_bytes: workspaceBytes(program))
  return 0
}

func noSuchProgram(_ view: ModelView, _ index: UInt32) -> RunFault {
  RunFault(.noSuchProgram, index: Int(truncatingIfNeeded: index), need: UInt64(view.programs.count))
}

/// A program's name, not terminated, and its length; nil where there is no such program.
@c @implementation
public func swl_program_name(
  _ model: UnsafePointer<swl_model>, _ index: UInt32, _ bytes: UnsafeMutablePointer<Int>
) -> UnsafePointer<CChar>? {
  guard let view = unsafe openView(model), let program = program(view, index) else { return nil }
  let name = unsafe view.string(program.name)
  if unsafe !isBad(bytes, 4) { unsafe bytes.pointee = name.count }
  return unsafe name.baseAddress?.assumingMemoryBound(to: CChar.self)
}

/// Number of inputs of a program; 0 where there is no such program.
@c @implementation
public func swl_input_count(_ model: UnsafePointer<swl_model>, _ index: UInt32) -> UInt32 {
  unsafe openView(model).flatMap { program($0, index)?.input_count } ?? 0
}

/// Number of outputs of a program; 0 where there is no such program.
@c @implementation
public func swl_output_count(_ model: UnsafePointer<swl_model>, _ index: UInt32) -> UInt32 {
  unsafe openView(model).flatMap { program($0, index)?.output_count } ?? 0
}

/// Name, shape, type and quantization of an input; 0, or the code of what does not exist.
@c @implementation
public func swl_input(
  _ model: UnsafePointer<swl_model>, _ program: UInt32, _ index: UInt32, _ tensor: UnsafeMutablePointer<swl_tensor>,
  _ error: UnsafeMutablePointer<swl_error>?
) -> Int32 {
  unsafe describe(model, program, index, isInput: true, tensor, error)
}

/// Name, shape, type and quantization of an output; 0, or the code of what does not exist.
@c @implementation
public func swl_output(
  _ model: UnsafePointer<swl_model>, _ program: UInt32, _ index: UInt32, _ tensor: UnsafeMutablePointer<swl_tensor>,
  _ error: UnsafeMutablePointer<swl_error>?
) -> Int32 {
  unsafe describe(model, program, index, isInput: false, tensor, error)
}

private func describe(
  _ model: UnsafePointer<swl_model>, _ programIndex: UInt32, _ index: UInt32, isInput: Bool, _ target: UnsafeMutablePointer<swl_tensor>,
  _ error: UnsafeMutablePointer<swl_error>?
) -> Int32 {
  guard let view = unsafe openView(model) else { return unsafe reportUnopened(model, error) }
  guard unsafe !isBad(target, 8) else { return unsafe badPointer(target, 3, error, 8) }
  guard let program = program(view, programIndex) else { return unsafe report(noSuchProgram(view, programIndex), error) }
  let range = isInput ? view.inputs(program) : view.outputs(program)
  guard index < range.count else {
    return unsafe report(
      RunFault(isInput ? .noSuchInput : .noSuchOutput, index: Int(truncatingIfNeeded: index), need: UInt64(range.count)), error)
  }
  let binding = view.bindings[range.lowerBound + Int(index)]
  let tensor = binding.seenByCaller(view.tensors[Int(binding.tensor)])
  let name = unsafe view.string(binding.name)
  let type = rawType(binding, tensor)
  unsafe target.pointee = swl_tensor(
    name: name.baseAddress?.assumingMemoryBound(to: CChar.self), name_bytes: name.count, rank: UInt32(binding.rank), dims: binding.dims,
    type: UInt32(type), scale: tensor.scale, zero_point: tensor.zero_point, elements: Int(tensor.elementCount),
    bytes: Int(tensor.elementCount * elementBytes(type)))
  return 0
}
