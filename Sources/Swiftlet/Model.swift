internal import CKernels
package import SwiftletCore

/// A validated .swl file: what it computes, and its weights. Sessions run it; one model serves any number of them, on any threads.
///
/// The weights stay in the mapped file, shared between processes and never repacked. Everything else is copied (kilobytes) before it is
/// validated, so that a file changed under the mapping can spoil results but not safety. Truncating a mapped file ends the process with a
/// bus error as soon as a missing page is read, as with every mapping: replace model files by renaming.
public final class Model: @unchecked Sendable {  // Immutable after init; the records behind `view` are never written.
  package let view: ModelView
  private let file: Storage
  private let structure: Storage

  /// Size of the file.
  public let fileBytes: Int
  /// Size of the weights and their side arrays.
  public let weightsBytes: Int
  /// What the converter noted: source, digests, report. Empty where it was stripped.
  public let metadata: [(key: String, value: String)]
  /// Format version of the file.
  public let formatVersion: Int
  /// Inputs of the first program.
  public let inputs: [TensorDescription]
  /// Outputs of the first program.
  public let outputs: [TensorDescription]
  /// Every tensor of the file.
  public let tensors: [TensorDescription]
  /// Entry points, at least one.
  public let programs: [ProgramDescription]
  /// Steps of all programs.
  public let instructions: [InstructionDescription]

  /// Maps and validates a file. `verifyingConstants` compares the weights with their digest, which reads every page once.
  /// Throws where the system refuses the file or the file is not a sound model.
  public convenience init(contentsOfFile path: String, verifyingConstants: Bool = true) throws(ModelError) {
    do {
      try self.init(Storage(mapping: path), verifyingConstants: verifyingConstants)
    } catch {
      var error = error
      error.path = path
      throw error
    }
  }

  /// Validates a copy of the bytes of a file.
  public convenience init(bytes: [UInt8], verifyingConstants: Bool = true) throws(ModelError) {
    try self.init(bytes.withUnsafeBytes { Storage(copying: $0) }, verifyingConstants: verifyingConstants)
  }

  private init(_ file: Storage, verifyingConstants: Bool) throws(ModelError) {
    let layout: Layout
    let structure: Storage
    let view: ModelView
    do throws(FormatError) {
      (layout, structure) = try Self.copyStructure(file.bytes)
    } catch { throw ModelError(error, place: nil) }
    do throws(FormatError) {
      view = try ModelView.validated(layout, operators: ck_default_table(), verifyingConstants: verifyingConstants) { extent in
        Self.section(extent, structure, file)
      }
    } catch {
      throw ModelError(error, place: Self.place(error.offset, layout, structure.bytes))
    }
    self.file = file
    self.structure = structure
    self.view = view
    fileBytes = file.bytes.count
    weightsBytes = Int(layout.constants.bytes)
    formatVersion = Int(layout.header.version)
    let description = ModelDescription(view)
    tensors = description.tensors
    programs = description.programs
    instructions = description.instructions
    inputs = description.bindings(view.inputs(view.programs[0]))
    outputs = description.bindings(view.outputs(view.programs[0]))
    do throws(FormatError) {
      metadata =
        try layout.metadata.map { extent throws(FormatError) in
          try parseMetadata(UnsafeRawBufferPointer(rebasing: file.bytes[Int(extent.offset)..<Int(extent.offset + extent.bytes)]), extent)
        } ?? []
    } catch { throw ModelError(error, place: nil) }
  }

  /// Inputs of a program; empty where there is no such program.
  public func inputs(ofProgram program: Int) -> [TensorDescription] {
    programs.indices.contains(program) ? ModelDescription(view).bindings(view.inputs(view.programs[program])) : []
  }

  /// Outputs of a program; empty where there is no such program.
  public func outputs(ofProgram program: Int) -> [TensorDescription] {
    programs.indices.contains(program) ? ModelDescription(view).bindings(view.outputs(view.programs[program])) : []
  }

  // MARK: Loading

  /// The layout, and in private memory everything up to the last structure section: read once, then validated and used from there alone.
  private static func copyStructure(_ file: UnsafeRawBufferPointer) throws(FormatError) -> (Layout, Storage) {
    let layout = try Layout(file)
    guard layout.header.total_bytes == UInt64(file.count) else {
      throw FormatError(.length, at: 80, expected: layout.header.total_bytes, found: UInt64(file.count))
    }
    let end = Int(layout.instructions.offset + layout.instructions.bytes)
    return (layout, Storage(copying: UnsafeRawBufferPointer(rebasing: file[..<end])))
  }

  private static func section(_ extent: Extent, _ structure: Storage, _ file: Storage) -> UnsafeRawBufferPointer {
    let isStructure = extent.offset + extent.bytes <= UInt64(structure.bytes.count)
    let source = isStructure ? structure.bytes : file.bytes
    return UnsafeRawBufferPointer(rebasing: source[Int(extent.offset)..<Int(extent.offset + extent.bytes)])
  }

  /// The record in which a byte lies: "instruction 3 'conv1'". Nothing is validated here.
  private static func place(_ offset: UInt64, _ layout: Layout, _ structure: UnsafeRawBufferPointer) -> String? {
    // Size of a record, where its name stands in it, what it is called.
    let sections: [(Extent, UInt64, UInt64, String)] = [
      (layout.programs, 128, 0, "program"), (layout.bindings, 128, 8, "binding"), (layout.tensors, 64, 0, "tensor"),
      (layout.instructions, 256, 8, "instruction"),
    ]
    for (extent, size, nameOffset, kind) in sections where offset >= extent.offset && offset - extent.offset < extent.bytes {
      let index = (offset - extent.offset) / size
      let name = structure.loadUnaligned(fromByteOffset: Int(extent.offset + index * size + nameOffset), as: ck_string.self)
      let start = layout.strings.offset + UInt64(name.offset)
      guard name.bytes > 0, UInt64(name.offset) + UInt64(name.bytes) <= layout.strings.bytes else { return "\(kind) \(index)" }
      let text = String(decoding: structure[Int(start)..<Int(start) + Int(name.bytes)], as: UTF8.self)
      return "\(kind) \(index) '\(text.prefix(80))'"
    }
    return nil
  }
}
