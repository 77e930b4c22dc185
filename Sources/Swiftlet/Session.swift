internal import CKernels
internal import SwiftletCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A model ready to run: its arena, and its instructions bound to kernels. Use it from one thread at a time; make one for each thread.
/// After `init`, setting inputs, running and reading outputs in place allocate nothing.
///
/// A session may run on several threads of its own: `threads` of `init`. They are made in `init`, end in `deinit` and sleep between runs;
/// within a run they wait awake for at most 20 us. The results are the same bytes whatever their number. Shared are instructions that
/// are long enough and do not write over what they read, so compile for latency (`quantize --plan latency`); matrix products of wholly
/// float programs and runs of under 20 us stay on one thread.
public final class Session {
  /// What it runs.
  public let model: Model
  /// Index in `Model.programs`.
  public let program: Int
  /// Instruction set of the kernels.
  public let isa: ISA
  /// Threads that a run may use, the caller's included.
  public let threads: Int
  /// Numbers of threads that `init` takes.
  public static let threadCounts = 1...64
  /// Inputs of the program.
  public let inputs: [TensorDescription]
  /// Outputs of the program.
  public let outputs: [TensorDescription]

  private var core: SwiftletCore.Session
  private let arena: AlignedMemory
  private let workspace: AlignedMemory
  private let team: ThreadTeam?

  /// Binds a program of a model. `isa` chooses other kernels than the best ones of this CPU; the environment variable SWIFTLET_ISA goes
  /// before it. `threads` of a run: 1 to 64, the caller's included. Throws where there is no such program, no memory or no thread, the
  /// CPU cannot run the instruction set, or `threads` is out of range.
  public convenience init(_ model: Model, program: Int = 0, isa: ISA? = nil, threads: Int = 1) throws(RunError) {
    try self.init(model, program: program, isa: isa, threads: threads, sharing: SharingPolicy())
  }

  /// The same with another policy of what is worth sharing.
  package init(_ model: Model, program: Int = 0, isa: ISA? = nil, threads: Int, sharing: SharingPolicy) throws(RunError) {
    guard Self.threadCounts.contains(threads) else {
      let limit = threads < 1 ? Self.threadCounts.lowerBound : Self.threadCounts.upperBound
      throw RunError(RunFault(.threadCount, index: threads, need: UInt64(limit), have: UInt64(clamping: threads)), model, program: program)
    }
    guard model.programs.indices.contains(program) else {
      throw RunError(RunFault(.noSuchProgram, index: program, need: UInt64(model.programs.count)), model, program: program)
    }
    let choice = try ISA.resolve(isa, environment: getenv("SWIFTLET_ISA").map { String(cString: $0) })
    let record = model.view.programs[program]
    self.model = model
    self.program = program
    self.threads = threads
    self.isa = choice
    inputs = model.inputs(ofProgram: program)
    outputs = model.outputs(ofProgram: program)
    do throws(RunFault) {
      arena = try AlignedMemory(Int(record.arena_bytes))
      workspace = try AlignedMemory(SwiftletCore.Session.workspaceBytes(record))
      core = try SwiftletCore.Session(
        model.view, program: program, arena: arena.bytes, workspace: workspace.bytes, isa: choice.code)
      team = threads > 1 ? try ThreadTeam(model.view, record, core.instructions, threads: threads, sharing) : nil
    } catch { throw RunError(error, model, program: program) }
  }

  deinit { team?.stop() }

  /// Sets every input from floats in the source model's order and layout, runs, and returns every output likewise.
  public func run(_ inputs: [[Float]]) throws(RunError) -> [[Float]] {
    guard inputs.count == self.inputs.count else {
      throw fail(RunFault(.inputCount, need: UInt64(self.inputs.count), have: UInt64(inputs.count)))
    }
    for (index, values) in inputs.enumerated() { try setInput(index, values.span) }
    try run()
    return try floatOutputs()
  }

  /// Runs on the inputs that were set, once each, since the last run. Allocates nothing.
  public func run() throws(RunError) {
    do throws(RunFault) {
      try core.begin()
      try execute()
    } catch { throw fail(error) }
    core.finish()
  }

  /// Runs on whatever the arena holds, for measurements.
  package func rerun() throws(RunError) {
    do throws(RunFault) { try execute() } catch { throw fail(error) }
    core.finish()
  }

  /// Instructions that several threads share, and whether runs are long enough for them to.
  package var sharing: (instructions: Int, isActive: Bool) { (team?.sharedInstructions ?? 0, team?.isTogether ?? false) }

  private func execute() throws(RunFault) {
    if let team { return try team.run() }
    for position in 0..<core.instructions.count { try core.execute(position) }
  }

  /// Runs, and calls back after each instruction, while its outputs are live; `instruction` is its index in `Model.instructions`.
  package func run(observing: (_ instruction: Int, _ session: Session) throws(RunError) -> Void) throws(RunError) {
    do throws(RunFault) { try core.begin() } catch { throw fail(error) }
    let start = team?.begin()
    defer { if let start { team?.finish(start) } }
    for instruction in model.programs[program].instructions {
      let position = instruction - model.programs[program].instructions.lowerBound
      do throws(RunFault) {
        if let team { try team.execute(position) } else { try core.execute(position) }
      } catch { throw fail(error) }
      try observing(instruction, self)
    }
    core.finish()
  }

  /// Gives every state its initial value.
  public func reset() { core.reset() }

  // MARK: Inputs

  /// Sets an input from floats in the source model's order and layout: normalization, change of layout and quantization in one step.
  /// Throws on a wrong count, and on not-a-number where the input is quantized.
  public func setInput(_ index: Int, _ values: Span<Float>) throws(RunError) {
    let fault = values.withUnsafeBufferPointer { values in
      do throws(RunFault) {
        try core.setInput(index, values)
        return RunFault?.none
      } catch { return error }
    }
    if let fault { throw fail(fault) }
  }

  /// Sets an input from elements of its `elementType` (int8 as in the file, uint8 where the source model has that), in the source model's
  /// order and layout. Throws on a wrong count, and on an int64 that does not fit 32 bits, which is what the runtime computes integers in.
  public func setInput(_ index: Int, raw: RawSpan) throws(RunError) {
    let fault = raw.withUnsafeBytes { bytes in
      do throws(RunFault) {
        try core.setInput(index, raw: bytes)
        return RunFault?.none
      } catch { return error }
    }
    if let fault { throw fail(fault) }
  }

  // MARK: Outputs

  /// Reads an output as floats in the source model's order and layout.
  public func output(_ index: Int, into values: inout MutableSpan<Float>) throws(RunError) {
    let fault = values.withUnsafeMutableBufferPointer { values in
      do throws(RunFault) {
        try core.output(index, into: values)
        return RunFault?.none
      } catch { return error }
    }
    if let fault { throw fail(fault, isOutput: true) }
  }

  /// Reads an output as elements of its `elementType` (int8 as in the file, uint8 where the source model has that), in the source model's
  /// order and layout. Allocates nothing.
  public func output(_ index: Int, raw bytes: inout MutableRawSpan) throws(RunError) {
    let fault = bytes.withUnsafeMutableBytes { bytes in
      do throws(RunFault) {
        try core.output(index, raw: bytes)
        return RunFault?.none
      } catch { return error }
    }
    if let fault { throw fail(fault, isOutput: true) }
  }

  /// The bytes of an output: int8 values where it is quantized, else the bytes of its own type (`TensorDescription.elementType`).
  public func rawOutput(_ index: Int) throws(RunError) -> [Int8] {
    guard outputs.indices.contains(index) else { throw fail(RunFault(.noSuchOutput, index: index, need: UInt64(outputs.count))) }
    var values = [Int8](repeating: 0, count: outputs[index].byteCount)
    var span = values.mutableSpan
    var bytes = span.mutableBytes
    try output(index, raw: &bytes)
    return values
  }

  /// All outputs as floats.
  package func floatOutputs() throws(RunError) -> [[Float]] {
    var results: [[Float]] = []
    for (index, output) in outputs.enumerated() {
      var values = [Float](repeating: 0, count: output.elementCount)
      var span = values.mutableSpan
      try self.output(index, into: &span)
      results.append(values)
    }
    return results
  }

  // MARK: Observers

  /// Any tensor of this program as floats, in the arena's order (NHWC): meaningful from the instruction that writes it to its last reader.
  package func tensorFloats(_ tensor: Int) throws(RunError) -> [Float] {
    guard model.tensors.indices.contains(tensor) else {
      throw fail(RunFault(.noSuchTensor, index: tensor, need: UInt64(model.tensors.count)))
    }
    var values = [Float](repeating: 0, count: model.tensors[tensor].elementCount)
    let fault = values.withUnsafeMutableBufferPointer { values in
      do throws(RunFault) {
        try core.tensor(tensor, into: values)
        return RunFault?.none
      } catch { return error }
    }
    if let fault { throw fail(fault) }
    return values
  }

  /// Calls `body` with the floats of a tensor: in place where it is float32, else a dequantized copy.
  package func withTensorFloats(_ tensor: Int, _ body: (Span<Float>) throws(RunError) -> Void) throws(RunError) {
    if let floats = try inPlace(tensor) { return try body(floats.span) }
    let copy = try tensorFloats(tensor)
    try body(copy.span)
  }

  private func inPlace(_ tensor: Int) throws(RunError) -> UnsafeBufferPointer<Float>? {
    do throws(RunFault) { return try core.floats(ofTensor: tensor) } catch { throw fail(error) }
  }

  func fail(_ fault: RunFault, isOutput: Bool = false) -> RunError { RunError(fault, model, program: program, isOutput: isOutput) }
}
