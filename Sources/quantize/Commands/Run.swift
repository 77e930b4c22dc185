import ArgumentParser
import ArrayFiles
import Swiftlet
import SystemPackage

/// `quantize run`: one program over one sample or many.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a compiled net on arrays and print or store its outputs.",
    discussion: """
      Arrays are keyed by input name; a lone array needs no key. An array with one more leading axis than the input holds \
      several samples, run in turn; the outputs then get that leading axis too. An array of the integers that a quantized model \
      takes (int8, uint8) holds its levels, any other array real numbers; --output writes levels where the model gives integers.
      """)

  @Argument(help: "Compiled model (.swl).")
  var model: String

  @Option(help: "Inputs: .npz, .npy or a folder of images; a net without inputs needs none.")
  var input: String?

  @Option(help: "Write the outputs here (.npz) instead of printing them.")
  var output: String?

  @Flag(help: "Inputs and outputs are the int8 (or the source model's uint8 or int16) levels of the quantized tensors, not real numbers; what stays in float is given as it is.")
  var raw = false

  @Flag(help: "Replace an existing output file.")
  var force = false

  func run() throws {
    guard case .compiled = try SourceModel.kind(of: model) else {
      throw SourceModel.notCompiled(model)
    }
    let file = try output.map { path throws(Failure) in try OutputFile(path, overwrite: force, apartFrom: [model] + [input].compactMap(\.self)) }
    let loaded = try SourceModel.load(model)
    let samples = try readSamples(loaded)
    if raw { try refuseFloatInputs(loaded) }
    let session = try makeSession(loaded)
    var collected = loaded.outputs.map { _ in [Float]() }
    var integers = loaded.outputs.map { _ in [Int]() }
    let progress = Progress("running")
    for index in 0..<samples.count {
      let results = raw ? try runRaw(session, samples[index], loaded) : try runFloat(session, samples, index)
      for (output, values) in results.enumerated() { collected[output] += values }
      for (output, tensor) in loaded.outputs.enumerated() where tensor.isInteger {
        do { integers[output] += try session.integerOutput(output) } catch { throw Failure(error, context: model) }
      }
      progress.update(index + 1, of: samples.count)
    }
    progress.finish()
    let arrays = loaded.outputs.indices.map { index in
      let (output, values) = (loaded.outputs[index], collected[index])
      let shape = samples.count == 1 ? output.shape : stackedShape(output.shape, samples.count)
      if output.isInteger { return (output.name, NumericArray(shape: shape, integers: integers[index], elementType: arrayType(output))) }
      guard output.levels != nil || raw && output.elementType != .float32 else {
        return (output.name, NumericArray(shape: shape, floats: values))
      }
      // A level's real number, divided by the scale, rounds to that level.
      let levels = raw ? values : values.map { ($0 / output.scale).rounded() + Float(output.zeroPoint) }
      return (output.name, NumericArray(shape: shape, integers: levels.map { Int($0) }, elementType: arrayType(output)))
    }
    if let file {
      try write(arrays, to: file)
    } else {
      for (index, (name, array)) in arrays.enumerated() { printSummary(name, array.shape, collected[index]) }
    }
  }

  private func readSamples(_ model: Model) throws(Failure) -> Samples {
    if model.inputs.isEmpty { return .none }
    guard let input else {
      throw Failure.usage("\(self.model) has inputs: \(model.inputs.map(\.name).joined(separator: ", "))", code: "no-input", hint: "give arrays with --input")
    }
    return try Samples(
      try ArrayGroup.open(input, for: model.sampleInputs), for: model.sampleInputs, ignoring: "y", source: input, raw: raw, finite: model.isQuantized)
  }

  /// A net without inputs has levels, if any, in its outputs.
  private func refuseFloatInputs(_ model: Model) throws {
    for tensor in model.inputs.isEmpty ? model.outputs : model.inputs where tensor.scale == 0 {
      throw Failure.usage("--raw: '\(tensor.name)' is not quantized in \(self.model) (it is \(tensor.elementType))", code: "not-quantized", hint: "run without --raw")
    }
  }

  /// Integer inputs are set exactly, all others from floats.
  private func runFloat(_ session: Session, _ samples: Samples, _ index: Int) throws -> [[Float]] {
    do {
      for (input, (values, integers)) in zip(samples[index], samples.integers(index)).enumerated() {
        if let integers { try session.setInput(input, integers: integers.span) } else { try session.setInput(input, values.span) }
      }
      try session.run()
      return try session.floatOutputs()
    } catch {
      throw Failure(error, context: model)
    }
  }

  private func arrayType(_ output: TensorDescription) -> NumericArray.ElementType {
    switch output.elementType {
    case .bool: .bool
    case .int8: .int8
    case .uint8: .uint8
    case .int16: .int16
    case .int64: .int64
    default: .int32
    }
  }

  private func runRaw(_ session: Session, _ inputs: [[Float]], _ model: Model) throws(Failure) -> [[Float]] {
    for (index, values) in inputs.enumerated() {
      var bytes: [UInt8] = []
      let type = model.inputs[index].elementType
      bytes.reserveCapacity(values.count * type.byteCount)
      for value in values {
        guard let level = levelBytes(value, type) else {
          throw Failure.badData(
            "\(input ?? model.inputs[index].name): --raw takes \(type) values, found \(value) for input '\(model.inputs[index].name)'",
            code: "out-of-range")
        }
        bytes += level
      }
      do throws(RunError) { try session.setInput(index, raw: bytes.span.bytes) } catch { throw Failure(error, context: self.model) }
    }
    do throws(RunError) {
      try session.run()
      let floats = try session.floatOutputs()
      return try model.outputs.enumerated().map { index, output throws(RunError) in
        output.elementType == .float32 ? floats[index] : try session.integerOutput(index).map { Float($0) }
      }
    } catch { throw Failure(error, context: self.model) }
  }

  /// A level as the caller's bytes; nil where the type does not have it.
  private func levelBytes(_ value: Float, _ type: ElementType) -> [UInt8]? {
    switch type {
    case .uint8: UInt8(exactly: value).map { [$0] }
    case .int16: Int16(exactly: value).map { withUnsafeBytes(of: $0.littleEndian) { Array($0) } }
    default: Int8(exactly: value).map { [UInt8(bitPattern: $0)] }
    }
  }

  private func write(_ arrays: [(String, NumericArray)], to file: OutputFile) throws {
    do {
      try writeNPZ(arrays, to: file.filePath)
    } catch {
      throw Failure.other("\(error)", code: "not-writable")
    }
    print("\(file.path): \(arrays.map { "\($0.0) \($0.1.shape)" }.joined(separator: ", "))")
  }

  private func printSummary(_ name: String, _ shape: [Int], _ values: [Float]) {
    let shown = values.prefix(16).map { significant(Double($0)) }.joined(separator: " ")
    print("\(name) \(shape): \(shown)\(values.count > 16 ? " ... (\(values.count) values; --output FILE.npz keeps them all)" : "")")
  }
}

func makeSession(_ model: Model, threads: Int = 1) throws(Failure) -> Session {
  do {
    return try Session(model, threads: threads)
  } catch {
    throw Failure(error, context: "session")
  }
}
