public import CKernels
public import CSwiftlet

/// The session itself lies at the start of the workspace, its bound instructions after it.
private let sessionBytes = (MemoryLayout<Session>.size + 15) / 16 * 16

func workspaceBytes(_ program: ck_program) -> Int { sessionBytes + Session.workspaceBytes(program) }

@inline(__always)
private func session(_ pointer: OpaquePointer) -> UnsafeMutablePointer<Session> {
  unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Session.self)
}

/// Makes a session of a program over the caller's arena and workspace; nil, with the error, where one does not fit.
@c @implementation
public func swl_bind(
  _ model: UnsafePointer<swl_model>, _ index: UInt32, _ arena: UnsafeMutableRawPointer?, _ arenaBytes: Int,
  _ workspace: UnsafeMutableRawPointer, _ workspaceBytes: Int, _ isa: UInt32, _ error: UnsafeMutablePointer<swl_error>?
) -> OpaquePointer? {
  let view = unsafe view(model)
  guard let program = program(view, index) else {
    _ = unsafe report(noSuchProgram(view, index), error)
    return nil
  }
  let needed = SwiftletEmbedded.workspaceBytes(program)
  guard workspaceBytes >= needed, UInt(bitPattern: workspace) % 16 == 0 else {
    _ = unsafe report(
      RunFault(.workspaceTooSmall, index: Int(index), need: UInt64(needed), have: UInt64(truncatingIfNeeded: workspaceBytes)), error)
    return nil
  }
  do throws(RunFault) {
    let made = try unsafe Session(
      view, program: Int(index), arena: UnsafeMutableRawBufferPointer(start: arena, count: max(arenaBytes, 0)),
      workspace: UnsafeMutableRawBufferPointer(start: workspace + sessionBytes, count: workspaceBytes - sessionBytes),
      isa: isa == UInt32.max ? ck_isa_best() : ck_isa(rawValue: isa))
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
  do throws(RunFault) {
    try unsafe session(pointer).pointee.setInput(
      Int(truncatingIfNeeded: index), raw: UnsafeRawBufferPointer(start: values, count: max(bytes, 0)))
    return 0
  } catch let fault { return unsafe report(fault, error) }
}

/// Runs on the inputs that were set, once each, since the last run; 0, or the code of the fault. Allocates nothing.
@c @implementation
public func swl_run(_ pointer: OpaquePointer, _ error: UnsafeMutablePointer<swl_error>?) -> Int32 {
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
  do throws(RunFault) {
    try unsafe session(pointer).pointee.output(
      Int(truncatingIfNeeded: index), raw: UnsafeMutableRawBufferPointer(start: values, count: max(bytes, 0)))
    return 0
  } catch let fault { return unsafe report(fault, error) }
}

/// Puts states back to their initial values.
@c @implementation
public func swl_reset(_ pointer: OpaquePointer) { unsafe session(pointer).pointee.reset() }
