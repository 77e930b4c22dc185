import ModelGraph

/// Static input shapes: the model's own, filled in by `--shape` and by a batch of 1.
struct ONNXInputs {
  /// Inputs that are not initializers, in the model's order.
  let infos: [ONNXValueInfoProto]
  let types: [String: TensorType]
  /// Every input whose shape stays unknown or contradicts the options; it has no entry in `types`.
  let diagnostics: [Diagnostic]

  init(_ graph: ONNXGraphProto, options: ImportOptions, needed: Set<String>) {
    let initializers = Set(graph.initializer.map(\.name))
    let all = graph.input.filter { !initializers.contains($0.name) }
    var diagnostics: [Diagnostic] = []

    for name in options.shapes.keys.sorted() where !all.contains(where: { $0.name == name }) {
      let known = all.map(\.name).joined(separator: ", ")
      diagnostics.append(
        Diagnostic(
          code: "unknown-input", message: "--shape names '\(name)', which is not an input of the model",
          hint: known.isEmpty ? "the model has no inputs" : "its inputs are: \(known)"))
    }
    // A name that several dimensions share ("batch", "sequence") has one value.
    var symbols: [String: Int] = [:]
    for info in all {
      guard let given = options.shapes[info.name] else { continue }
      for (dimension, value) in zip(info.type.tensorType.shape.dim, given) where !dimension.dimParam.isEmpty {
        symbols[dimension.dimParam] = symbols[dimension.dimParam] ?? value
      }
    }
    var types: [String: TensorType] = [:]
    for info in all {
      do throws(DiagnosticError) {
        types[info.name] = try Self.resolve(info, options.shapes[info.name], symbols, needed.contains(info.name) || options.outputs.isEmpty)
      } catch {
        diagnostics += error.diagnostics
      }
    }
    infos = all
    (self.types, self.diagnostics) = (types, diagnostics)
  }

  private static func resolve(
    _ info: ONNXValueInfoProto, _ given: [Int]?, _ symbols: [String: Int], _ isNeeded: Bool
  ) throws(DiagnosticError) -> TensorType? {
    guard isNeeded else { return nil }
    func failure(_ code: String, _ message: String, _ hint: String) -> DiagnosticError {
      DiagnosticError(Diagnostic(code: code, node: info.name, sourceOperator: "input", message: message, hint: hint))
    }
    let declared = info.type.tensorType
    guard info.hasType, info.type.hasTensorType, let elementType = ElementType(onnx: declared.elemType) else {
      let found = info.type.hasTensorType ? onnxTypeName(declared.elemType) : "no tensor"
      throw failure("unsupported-type", "holds \(found)", "inputs are float, integer or bool tensors")
    }
    guard !wrappingTypes.contains(Int(declared.elemType)) else {
      throw failure("unsupported-type", "holds \(onnxTypeName(declared.elemType))", "cast it to int32 or int64 outside the model")
    }
    let text = declared.hasShape ? describe(declared.shape) : "of unknown rank"
    if let given {
      guard given.allSatisfy({ $0 >= 1 }) else { throw failure("bad-shape", "--shape gives it \(given), dimensions are at least 1", "") }
      guard !declared.hasShape || declared.shape.dim.count == given.count else {
        throw failure(
          "bad-shape", "--shape gives it \(list(given)), rank \(given.count), the model declares \(text)",
          "give \(declared.shape.dim.count) dimensions")
      }
      for (dimension, value) in zip(declared.shape.dim, given) where dimension.dimValue > 0 && dimension.dimValue != Int64(value) {
        throw failure(
          "bad-shape", "--shape gives it \(list(given)), the model declares \(text)",
          "only dynamic dimensions can be chosen; export the model with another shape")
      }
      return try checked(given)
    }

    guard declared.hasShape else {
      throw failure("unknown-shape", "has no shape in the model", "fix it with --shape \(info.name)=1,...")
    }
    var shape: [Int] = []
    var isKnown = true
    for (index, dimension) in declared.shape.dim.enumerated() {
      if dimension.dimValue > 0 {
        shape.append(Int(dimension.dimValue))
      } else if let value = dimension.dimParam.isEmpty ? nil : symbols[dimension.dimParam] {
        shape.append(value)
      } else {
        shape.append(1)
        isKnown = isKnown && index == 0
      }
    }
    guard isKnown else {
      let flag = declared.shape.dim.enumerated().map { index, dimension in
        index == 0 || dimension.dimValue > 0 ? "\(shape[index])" : (dimension.dimParam.isEmpty ? "?" : dimension.dimParam)
      }
      throw failure(
        "unknown-shape", "has the dynamic shape \(text)",
        "fix it with --shape \(info.name)=\(flag.joined(separator: ",")), a number for each name")
    }
    return try checked(shape)

    func checked(_ shape: [Int]) throws(DiagnosticError) -> TensorType {
      do { _ = try checkedProduct(shape) } catch { throw failure("bad-shape", error.message, "fix it with --shape \(info.name)=1,...") }
      return TensorType(elementType, shape)
    }
  }

  private static func list(_ shape: [Int]) -> String { "[\(shape.map(String.init).joined(separator: ","))]" }

  private static func describe(_ shape: ONNXTensorShapeProto) -> String {
    let dimensions = shape.dim.map { $0.dimValue > 0 ? "\($0.dimValue)" : ($0.dimParam.isEmpty ? "?" : $0.dimParam) }
    return "[\(dimensions.joined(separator: ","))]"
  }
}

/// Unsigned types wider than a byte: the runtime would compute on them without their wrapping.
private let wrappingTypes: Set<Int> = [
  ONNXTensorProto.DataType.uint16.rawValue, ONNXTensorProto.DataType.uint32.rawValue, ONNXTensorProto.DataType.uint64.rawValue,
]
