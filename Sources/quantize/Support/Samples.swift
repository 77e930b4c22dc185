import ArrayFiles
import Swiftlet

/// An input of a net as the caller sees it.
struct SampleInput {
  var name: String
  var shape: [Int]
  /// Of an input that the source model takes as integers: arrays of that type hold levels, not real numbers.
  var levels: Levels?

  struct Levels {
    var type: NumericArray.ElementType
    var scale: Float
    var zeroPoint: Float
  }
  /// Takes whole numbers only: token ids, indices, masks.
  var isInteger = false

  var elementCount: Int { shape.reduce(1, *) }
}

extension Model {
  var sampleInputs: [SampleInput] {
    inputs.map { SampleInput(name: $0.name, shape: $0.shape, levels: $0.levels, isInteger: $0.isInteger) }
  }
  /// Whether the first program computes in int8 or int16.
  var isQuantized: Bool { programs[0].instructions.contains { [.int8, .int16].contains(instructions[$0].precision) } }
  /// int8 or int16 by which of the two most of the first program's multiplications are done in, float32 where it computes in neither.
  var mainPrecision: Precision {
    guard isQuantized else { return .float32 }
    func macs(_ precision: Precision) -> UInt64 {
      programs[0].instructions.reduce(0) { $0 + (instructions[$1].precision == precision ? instructions[$1].macs : 0) }
    }
    return macs(.int16) > macs(.int8) ? .int16 : .int8
  }
}

extension TensorDescription {
  /// Where the source model's own tensor is quantized too.
  var levels: SampleInput.Levels? {
    guard sourceType == elementType, scale > 0 else { return nil }
    let type: NumericArray.ElementType
    switch sourceType {
    case .int8: type = .int8
    case .uint8: type = .uint8
    case .int16: type = .int16
    default: return nil
    }
    return SampleInput.Levels(type: type, scale: scale, zeroPoint: Float(zeroPoint))
  }
}

/// Input samples: for each, one array an input of the model, in the caller's shape.
struct Samples {
  /// One a model input: `count` runs of `stride` elements each; of an integer input also exactly.
  private var columns: [(values: [Float], integers: [Int]?, stride: Int)] = []
  private(set) var count = 0
  /// Where the arrays came from, for messages.
  let source: String

  /// The one run of a net without inputs.
  static let none = Samples()
  private init() { (count, source) = (1, "") }

  subscript(_ index: Int) -> [[Float]] {
    columns.map { Array($0.values[index * $0.stride..<(index + 1) * $0.stride]) }
  }

  /// The whole numbers of a sample's integer inputs, nil for the others.
  func integers(_ index: Int) -> [[Int]?] {
    columns.map { column in column.integers.map { Array($0[index * column.stride..<(index + 1) * column.stride]) } }
  }

  /// Picks the arrays that feed `inputs`: by name; for a model with one input also the array "x" or a lone array.
  ///
  /// An array of the input's shape (axes of length 1 aside) is one sample; one with a further leading axis is as many.
  /// - Parameters:
  ///   - raw: keep levels as the integers that they are.
  ///   - finite: refuse NaN and infinity, which have no int8 value and leave a range no meaning.
  init(
    _ files: [ArrayGroup], for inputs: [SampleInput], ignoring labels: String?, source: String, raw: Bool = false, finite: Bool = true
  ) throws(Failure) {
    self.source = source
    for input in inputs {
      var column: (values: [Float], integers: [Int]?, stride: Int) = ([], input.isInteger ? [] : nil, input.elementCount)
      for file in files {
        let name = try Self.arrayName(for: input, among: inputs, in: file.names, ignoring: labels, source: file.file)
        let array = try file.read(name)
        _ = try Self.runs(of: array.shape, for: input, array: name, source: file.file)
        do {
          if input.isInteger { column.integers? += try array.integers() }
          let values = try array.floats()
          if let levels = input.levels, levels.type == array.elementType, !raw {
            column.values += values.map { ($0 - levels.zeroPoint) * levels.scale }
          } else {
            column.values += values
          }
        } catch {
          throw Failure(error)
        }
      }
      if finite, let position = column.values.firstIndex(where: { !$0.isFinite }) {
        let (sample, element) = position.quotientAndRemainder(dividingBy: max(column.stride, 1))
        let what = column.values[position].isNaN ? "NaN" : "infinity"
        throw Failure.badData(
          "\(source): input '\(input.name)': \(what) in sample \(sample), element \(element)", code: "not-finite", hint: "remove or repair the sample")
      }
      columns.append(column)
    }
    let counts = columns.map { $0.stride > 0 ? $0.values.count / $0.stride : 0 }
    guard !inputs.isEmpty else { throw Failure.badData("the model has no inputs: there is nothing to feed", code: "no-inputs") }
    guard let first = counts.first, counts.allSatisfy({ $0 == first }) else {
      let listing = zip(inputs, counts).map { "'\($0.name)': \($1)" }.joined(separator: ", ")
      throw Failure.badData("\(source): every input needs the same number of samples, found \(listing)", code: "sample-count")
    }
    guard first > 0 else { throw Failure.badData("\(source): holds no samples", code: "no-samples", hint: "give at least one") }
    count = first
  }

  private static func arrayName(
    for input: SampleInput, among inputs: [SampleInput], in names: [String], ignoring labels: String?, source: String
  ) throws(Failure) -> String {
    if names.contains(input.name) { return input.name }
    if names.contains("in:\(input.name)") { return "in:\(input.name)" }
    let candidates = names.filter { $0 != labels }
    if inputs.count == 1 {
      if candidates.contains("x") { return "x" }
      if candidates.count == 1 { return candidates[0] }
    }
    let found = names.isEmpty ? "none" : names.joined(separator: ", ")
    let rest = inputs.count == 1 ? " (or 'x', or a lone array)" : "; the model has \(inputs.count) inputs: \(inputs.map(\.name).joined(separator: ", "))"
    throw Failure.badData("\(source): no array for input '\(input.name)'\(rest); arrays found: \(found)", code: "no-array")
  }

  /// How many runs an array of this shape feeds.
  private static func runs(of shape: [Int], for input: SampleInput, array: String, source: String) throws(Failure) -> Int {
    func squeezed(_ shape: some Sequence<Int>) -> [Int] { shape.filter { $0 != 1 } }
    let batch = input.shape.first ?? 1
    if squeezed(shape) == squeezed(input.shape) { return 1 }
    if let samples = shape.first, squeezed(shape.dropFirst()) == squeezed(input.shape.dropFirst()), samples % max(batch, 1) == 0 {
      return samples / max(batch, 1)
    }
    if batch == 1, let samples = shape.first, squeezed(shape.dropFirst()) == squeezed(input.shape) { return samples }
    let tail = Array(shape.dropFirst())
    let isTransposedImage =
      input.shape.count == 4 && tail.count == 3 && (tail == [input.shape[2], input.shape[3], input.shape[1]] || tail == [input.shape[3], input.shape[1], input.shape[2]])
    let hint = isTransposedImage ? "the axes are in another order: convert with --input-layout nchw or nhwc" : nil
    let multiple = batch > 1 ? ", a multiple of \(batch)," : ""
    throw Failure.badData(
      "\(source): array '\(array)' has shape \(shape); input '\(input.name)' takes \(input.shape), or that with a leading axis\(multiple) of samples",
      code: "bad-shape", hint: hint)
  }
}

/// The shape of an array that holds `shape` once a sample: [1, ...] becomes [samples, ...]; any other batch is as many times as long.
func stackedShape(_ shape: [Int], _ samples: Int) -> [Int] {
  guard let batch = shape.first else { return [samples] }
  return [batch * samples] + shape.dropFirst()
}
