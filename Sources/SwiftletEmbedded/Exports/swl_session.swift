public import CKernels
public import CSwiftlet

/// The session itself lies at the start of the workspace, its bound instructions after it.
private let sessionBytes = (MemoryLayout<Session>.size + 15) / 16 * 16

func workspaceBytes(_ program: ck_program) -> Int { sessionBytes + Session.workspaceBytes(program) }

@inline(__always)
private func session(_ pointer: OpaquePointer) -> UnsafeMutablePointer<Session> {
  unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Session.self)
}

/// What is wrong with a call's session or with its values, argument 2, if anything is: 0 or the code.
@inline(__always)
private func refusal(
  _ pointer: OpaquePointer, _ values: UnsafeRawPointer?, _ alignment: UInt, _ error: UnsafeMutablePointer<swl_error>?
) -> Int32 {
  let workspace = unsafe UnsafeRawPointer(pointer)
  guard unsafe !isBad(workspace, UInt(Session.workspaceAlignment)) else {
    return unsafe badPointer(workspace, 0, error, UInt(Session.workspaceAlignment))
  }
  return unsafe isBad(values, alignment) ? badPointer(values, 2, error, alignment) : 0
}

/// Makes a session of a program over the caller's arena and workspace; nil, with the error, where one does not fit.
@c @implementation
public func swl_bind(
  _ model: UnsafePointer<swl_model>, _ index: UInt32, _ arena: UnsafeMutableRawPointer?, _ arenaBytes: Int,
  _ workspace: UnsafeMutableRawPointer, _ workspaceBytes: Int, _ isa: UInt32, _ error: UnsafeMutablePointer<swl_error>?
) -> OpaquePointer? {
  guard let view = unsafe openView(model) else {
    _ = unsafe reportUnopened(model, error)
    return nil
  }
  guard let program = program(view, index) else {
    _ = unsafe report(noSuchProgram(view, index), error)
    return nil
  }
  let needed = SwiftletEmbedded.workspaceBytes(program)
  guard unsafe !isBad(workspace, UInt(Session.workspaceAlignment)) else {
    _ = unsafe badPointer(workspace, 4, error, UInt(Session.workspaceAlignment))
    return nil
  }
  guard workspaceBytes >= needed else {
    _ = unsafe report(
      RunFault(.workspaceTooSmall, index: Int(index), need: UInt64(needed), have: UInt64(UInt(bitPattern: workspaceBytes))), error)
    return nil
  }
  // A program without tensors may come without an arena.
  guard unsafe program.arena_bytes == 0 || !isBad(arena) else {
    _ = unsafe badPointer(arena, 2, error, UInt(Session.arenaAlignment))
    return nil
  }
  do throws(RunFault) {
    let made = try unsafe Session(
      view, program: Int(index), arena: UnsafeMutableRawBufferPointer(start: arena, count: max(arenaBytes, 0)),
      workspace: UnsafeMutableRawBufferPointer(start: workspace + sessionBytes, count: workspaceBytes - sessionBytes),
      isa: isa == UInt32.max ? ck_isa_best() : ck_isa(rawValue: isa))
    try made.requireKernels()
    unsafe workspace.assumingMemoryBound(to: Session.self).initialize(to: made)
    return OpaquePointer(workspace)
  } catch let fault {
    _ = unsafe report(fault, error)
    return nil
  }
}

/// Permutes, normalizes and quantizes an input into the arena; 0, or the code of the fault.
@c @implementation
public func swl_set_input_f32(
  _ pointer: OpaquePointer, _ index: UInt32, _ values: UnsafePointer<Float>, _ count: Int, _ error: UnsafeMutablePointer<swl_error>?
) -> Int32 {
  let refused = unsafe refusal(pointer, values, 4, error)
  guard refused == 0 else { return refused }
  do throws(RunFault) {
    try unsafe session(pointer).pointee.setInput(
      Int(truncatingIfNeeded: index), UnsafeBufferPointer(start: values, count: max(count, 0)))
    return 0
  } catch let fault { return unsafe report(fault, error) }
}

/// Sets an input in its own element type and the caller's order; 0, or the code of the fault.
@c @implementation
public func swl_set_input_raw(
  _ pointer: OpaquePointer, _ index: UInt32, _ values: UnsafeRawPointer, _ bytes: Int, _ error: UnsafeMutablePointer<swl_error>?
) -> Int32 {
  let refused = unsafe refusal(pointer, values, 1, error)
  guard refused == 0 else { return refused }
  do throws(RunFault) {
    try unsafe session(pointer).pointee.setInput(
      Int(truncatingIfNeeded: index), raw: UnsafeRawBufferPointer(start: values, count: max(bytes, 0)))
    return 0
  } catch let fault { return unsafe report(fault, error) }
}

/// Runs on the inputs that were set, once each, since the last run; 0, or the code of the fault. Allocates nothing.
@c @implementation
public func swl_run(_ pointer: OpaquePointer, _ error: UnsafeMutablePointer<swl_error>?) -> Int32 {
  guard unsafe !isBad(UnsafeRawPointer(pointer), UInt(Session.workspaceAlignment)) else {
    return unsafe badPointer(UnsafeRawPointer(pointer), 0, error, UInt(Session.workspaceAlignment))
  }
  do throws(RunFault) {
    try unsafe session(pointer).pointee.run()
    return 0
  } catch let fault { return unsafe report(fault, error) }
}

/// Dequantizes an output in the caller's order; 0, or the code of the fault.
@c @implementation
public func swl_get_output_f32(
  _ pointer: OpaquePointer, _ index: UInt32, _ values: UnsafeMutablePointer<Float>, _ count: Int, _ error: UnsafeMutablePointer<swl_error>?
) -> Int32 {
  let refused = unsafe refusal(pointer, values, 4, error)
  guard refused == 0 else { return refused }
  do throws(RunFault) {
    try unsafe session(pointer).pointee.output(
      Int(truncatingIfNeeded: index), into: UnsafeMutableBufferPointer(start: values, count: max(count, 0)))
    return 0
  } catch let fault { return unsafe report(fault, error) }
}

/// An output in its own element type and the caller's order; 0, or the code of the fault.
@c @implementation
public func swl_get_output_raw(
  _ pointer: OpaquePointer, _ index: UInt32, _ values: UnsafeMutableRawPointer, _ bytes: Int, _ error: UnsafeMutablePointer<swl_error>?
) -> Int32 {
  let refused = unsafe refusal(pointer, values, 1, error)
  guard refused == 0 else { return refused }
  do throws(RunFault) {
    try unsafe session(pointer).pointee.output(
      Int(truncatingIfNeeded: index), raw: UnsafeMutableRawBufferPointer(start: values, count: max(bytes, 0)))
    return 0
  } catch let fault { return unsafe report(fault, error) }
}

/// Puts states back to their initial values.
@c @implementation
public func swl_reset(_ pointer: OpaquePointer) {
  guard unsafe !isBad(UnsafeRawPointer(pointer), UInt(Session.workspaceAlignment)) else { return }
  unsafe session(pointer).pointee.reset()
}

/// Number of the instruction set that a session runs on.
@c @implementation
public func swl_session_isa(_ pointer: OpaquePointer) -> UInt32 {
  guard unsafe !isBad(UnsafeRawPointer(pointer), UInt(Session.workspaceAlignment)) else { return UInt32.max }
  return unsafe session(pointer).pointee.isa.rawValue
}

/// Instruction sets of this CPU and this build, as bits.
@c @implementation
public func swl_available_isas() -> UInt32 { ck_isa_available() }

/// "scalar", "neon", ... or "unknown".
@c @implementation
public func swl_isa_name(_ isa: UInt32) -> UnsafePointer<CChar> { unsafe ck_isa_name(ck_isa(rawValue: isa)).unsafelyUnwrapped }
