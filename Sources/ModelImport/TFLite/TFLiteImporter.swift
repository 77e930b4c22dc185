package import ModelGraph

/// Reads a TensorFlow Lite model (float or fp16 weights) into a raw graph. Its shape arithmetic is folded; nothing is optimized.
/// - Parameter name: the graph's name, such as the file's stem.
/// - Throws: everything that is wrong with the model or the options at once.
package func importTFLite(_ bytes: [UInt8], name: String, options: ImportOptions) throws(DiagnosticError) -> Graph {
  let file = FlatBuffer(bytes)
  let model = try TFLiteModel(file, signature: options.signature)
  let importer = TFLiteImporter(file: file, model: model, name: name, options: options)
  return try importer.run()
}

/// The state of one import: which value of the graph each tensor of the file has become.
final class TFLiteImporter {
  let file: FlatBuffer
  private(set) var model: TFLiteModel
  let options: ImportOptions
  var builder: GraphBuilder
  /// Outputs of SPACE_TO_BATCH_ND, for a BATCH_TO_SPACE_ND that undoes it.
  var phaseImages: [ValueID: TFLitePhaseImages] = [:]
  /// Values of variables, and which have been read; the names that handles stand for.
  var variables: [String: ValueID] = [:]
  var readVariables: Set<String> = []
  var variableNames: [ValueID: String] = [:]
  /// Whether a graph that runs once before all others is imported.
  var isInitializing = false
  /// Subgraphs that are being imported, innermost last, and those whose structure is known to be sound.
  var callStack: [Int] = []
  var checkedSubgraphs: Set<Int> = []
  private var values: [ValueID?]
  /// Tensors that follow a fault: their shapes are the file's, so misfits there are not worth a message.
  private var tainted: Set<Int> = []
  private var diagnostics: [Diagnostic] = []
  /// Constants by buffer and type: tensors that share a buffer share its elements.
  private var elements: [BufferKey: Tensor] = [:]

  private struct BufferKey: Hashable {
    var buffer: Int
    var typeCode: Int
  }

  init(file: FlatBuffer, model: TFLiteModel, name: String, options: ImportOptions) {
    (self.file, self.model, self.options) = (file, model, options)
    builder = GraphBuilder(name: name)
    values = Array(repeating: nil, count: model.tensors.count)
  }

  func run() throws(DiagnosticError) -> Graph {
    let main = TFLiteSubgraph(model)
    guard !main.outputs.isEmpty else {
      throw DiagnosticError(Diagnostic(code: "bad-file", message: "the model has no output", hint: "export the model again"))
    }
    try checkStructure(of: main)
    let outputs = try resolveOutputs()
    let needed = Self.operatorsNeeded(model.operators, for: outputs, model.operatorCodes)
    addInputs(readBy: needed, outputs: outputs)
    for op in model.operators where needed[op.index] { importOperator(op) }
    for output in outputs where diagnostics.isEmpty {
      do throws(DiagnosticError) {
        try addOutput(output)
      } catch {
        diagnostics += error.diagnostics
      }
    }
    guard diagnostics.isEmpty else { throw DiagnosticError(diagnostics) }
    return builder.graph
  }

  // MARK: Tensors

  /// Says that `value` is the tensor; `isNew` where it was made for that, so that it takes the tensor's quantization.
  func bind(_ tensor: Int, to value: ValueID, isNew: Bool = false) throws(DiagnosticError) {
    if isNew, let levels = try model.tensors[tensor].activationQuantization() { builder.setQuantization(levels, of: value) }
    values[tensor] = value
  }

  func hasValue(_ tensor: Int) -> Bool { values[tensor] != nil }

  /// Tensors of a copy of a subgraph, numbered on from those that are there.
  func addTensors(_ tensors: [TFLiteTensor]) {
    model.tensors += tensors
    values += tensors.map { _ in nil }
  }

  /// The value of a tensor that an earlier node wrote, or that holds data.
  func value(of tensor: Int) throws(DiagnosticError) -> ValueID {
    if let value = values[tensor] { return value }
    let constant = try constant(of: tensor)
    let value = builder.addConstant(constant, name: model.tensors[tensor].name)
    builder.setQuantization(constant.quantized?.affine, of: value)
    values[tensor] = value
    return value
  }

  /// The type as inferred, or as the file declares it where the tensor has not become a value.
  func type(of tensor: Int) -> TensorType {
    values[tensor].map(builder.type(of:)) ?? model.tensors[tensor].declaredType
  }

  func isConstant(_ tensor: Int) -> Bool {
    values[tensor].map { builder.constant(of: $0) != nil } ?? hasData(tensor)
  }

  private func hasData(_ tensor: Int) -> Bool { hasData(model.tensors[tensor]) }

  private func hasData(_ tensor: TFLiteTensor) -> Bool {
    !model.buffers[tensor.buffer].isEmpty || (tensor.shape.contains(0) && !tensor.isVariable)
  }

  private func constant(of index: Int) throws(DiagnosticError) -> Tensor {
    let tensor = model.tensors[index]
    guard let type = tensor.elementType else {
      let message = "the constant has type \(TFLiteTensor.name(ofType: tensor.typeCode)), expected float32, float16 or an integer type"
      throw fault("unsupported-type", tensor, message, "convert the model with float32 or float16 weights")
    }
    let range = model.buffers[tensor.buffer]
    if let sparsity = tensor.sparsity { return try dense(tensor, type, range, sparsity) }
    let count = tensor.shape.reduce(1, *)
    guard range.count == count * type.byteCount else {
      let message = "its buffer has \(range.count) bytes, \(TensorType(type, tensor.shape)) takes \(count * type.byteCount)"
      throw fault("bad-file", tensor, message, "export the model again")
    }
    let key = BufferKey(buffer: tensor.buffer, typeCode: tensor.typeCode)
    let shared = elements[key] ?? file.tensor(type, in: range)
    elements[key] = shared
    guard tensor.isQuantized, let levels = shared.integers else { return shared.reshaped(tensor.shape) }
    return try tensor.quantizedConstant(levels)
  }

  /// All elements of a constant that holds some of them: the others are 0.
  private func dense(
    _ tensor: TFLiteTensor, _ type: ElementType, _ range: Range<Int>, _ sparsity: TFLiteSparsity
  ) throws(DiagnosticError) -> Tensor {
    guard range.count.isMultiple(of: type.byteCount) else {
      throw fault("bad-file", tensor, "its buffer of \(range.count) bytes ends inside an element", "export the model again")
    }
    let stored = file.tensor(type, in: range)
    let places: [Int]
    do throws(ShapeError) {
      places = try sparsity.places(in: tensor.shape, count: stored.count)
    } catch {
      throw fault("bad-file", tensor, error.message, "export the model again")
    }
    let count = tensor.shape.reduce(1, *)
    switch stored.elements {
    case .floats(let values):
      var floats = [Float](repeating: 0, count: count)
      for (place, value) in zip(places, values) { floats[place] = value }
      return Tensor(shape: tensor.shape, floats: floats, elementType: stored.type.elementType)
    case .integers(let values):
      var integers = [Int64](repeating: 0, count: count)
      for (place, value) in zip(places, values) { integers[place] = value }
      guard !tensor.isQuantized else { return try tensor.quantizedConstant(integers) }
      return Tensor(shape: tensor.shape, integers: integers, elementType: type)
    }
  }

  private func fault(_ code: String, _ tensor: TFLiteTensor, _ message: String, _ hint: String) -> DiagnosticError {
    DiagnosticError(Diagnostic(code: code, node: tensor.name, message: "tensor \(tensor.index): \(message)", hint: hint))
  }

  // MARK: Structure

  /// Every index in range, every tensor written once and before it is read: what follows relies on it.
  func checkStructure(of graph: TFLiteSubgraph) throws(DiagnosticError) {
    var faults: [Diagnostic] = []
    func bad(_ node: String, _ message: String) {
      faults.append(Diagnostic(code: "bad-file", node: node, message: message, hint: "export the model again"))
    }
    let tensors = graph.tensors.indices
    for tensor in graph.tensors where !model.buffers.indices.contains(tensor.buffer) {
      bad(tensor.name, "tensor \(tensor.index) names buffer \(tensor.buffer) of \(model.buffers.count)")
    }
    for index in graph.inputs + graph.outputs where !tensors.contains(index) {
      bad("", "a graph's inputs or outputs name tensor \(index) of \(tensors.count)")
    }
    if Set(graph.inputs).count != graph.inputs.count { bad("", "an input is listed twice") }
    if Set(graph.outputs).count != graph.outputs.count, callStack.isEmpty { bad("", "an output is listed twice") }
    guard faults.isEmpty else { throw DiagnosticError(faults) }

    var written = Set(graph.inputs)
    for op in graph.operators {
      guard model.operatorCodes.indices.contains(op.code) else {
        bad("", "operator \(op.index) has code \(op.code) of \(model.operatorCodes.count)")
        continue
      }
      let name = model.operatorCodes[op.code].name
      for input in op.inputs where input != -1 {
        if !tensors.contains(input) {
          bad("", "operator \(op.index) (\(name)) reads tensor \(input) of \(tensors.count)")
        } else if !written.contains(input) && !hasData(graph.tensors[input]) && !graph.tensors[input].isVariable {
          bad(graph.tensors[input].name, "operator \(op.index) (\(name)) reads tensor \(input) before anything writes it")
        }
      }
      for output in op.outputs {
        if !tensors.contains(output) {
          bad("", "operator \(op.index) (\(name)) writes tensor \(output) of \(tensors.count)")
        } else if !written.insert(output).inserted {
          bad(graph.tensors[output].name, "operator \(op.index) (\(name)) writes tensor \(output), which is an input or already written")
        } else if hasData(graph.tensors[output]) && !graph.tensors[output].shape.contains(0) {
          bad(graph.tensors[output].name, "operator \(op.index) (\(name)) writes tensor \(output), which holds constant data")
        }
      }
    }
    for output in graph.outputs where !written.contains(output) && !hasData(graph.tensors[output]) {
      bad(graph.tensors[output].name, "nothing writes output tensor \(output)")
    }
    guard faults.isEmpty else { throw DiagnosticError(callStack.isEmpty ? faults + unsupportedOperators : faults) }
  }

  /// Operators without a converter, where the structure is too damaged to import any.
  private var unsupportedOperators: [Diagnostic] {
    model.operators.compactMap { op in
      guard model.operatorCodes.indices.contains(op.code), model.operatorCodes[op.code].converter == nil else { return nil }
      let code = model.operatorCodes[op.code]
      let output = op.outputs.first.flatMap { model.tensors.indices.contains($0) ? model.tensors[$0].name : nil }
      return Diagnostic(
        code: "unsupported-operator", node: output ?? "operator_\(op.index)", sourceOperator: code.name,
        message: "operator \(op.index) is not supported", hint: code.unsupportedHint)
    }
  }

  /// The tensors that the graph ends at: the caller's cut, or the model's own outputs.
  private func resolveOutputs() throws(DiagnosticError) -> [Int] {
    guard !options.outputs.isEmpty else { return model.outputs }
    let candidates = model.inputs + model.operators.flatMap(\.outputs)
    var result: [Int] = []
    var faults: [Diagnostic] = []
    for name in options.outputs {
      if result.contains(where: { model.tensors[$0].name == name }) {
        faults.append(Diagnostic(code: "duplicate-name", message: "the output '\(name)' is named twice"))
      } else if let tensor = candidates.first(where: { model.tensors[$0].name == name }) {
        result.append(tensor)
      } else {
        faults.append(
          Diagnostic(
            code: "unknown-output", message: "the model computes no tensor named '\(name)'",
            hint: nearestNamesHint(to: name, in: candidates.map { model.tensors[$0].name })))
      }
    }
    guard faults.isEmpty else { throw DiagnosticError(faults) }
    return result
  }

  /// Which operators the outputs depend on. Those that only assign variables always count.
  static func operatorsNeeded(_ operators: [TFLiteOperator], for outputs: [Int], _ codes: [TFLiteOperatorCode]) -> [Bool] {
    var tensors = Set(outputs)
    var needed = Array(repeating: false, count: operators.count)
    for op in operators.reversed() where op.outputs.contains(where: tensors.contains) || codes[op.code].hasEffects {
      needed[op.index] = true
      tensors.formUnion(op.inputs)
    }
    return needed
  }

  // MARK: Inputs

  /// Declares the model's inputs; of a cut net, those that it still reads.
  private func addInputs(readBy needed: [Bool], outputs: [Int]) {
    let read = Set(outputs + model.operators.filter { needed[$0.index] }.flatMap(\.inputs))
    for name in options.shapes.keys.sorted() where !model.inputs.contains(where: { model.tensors[$0].name == name }) {
      let known = model.inputs.map { model.tensors[$0].name }
      diagnostics.append(
        Diagnostic(
          code: "unknown-input", message: "--shape names '\(name)', which is not an input of the model",
          hint: known.isEmpty ? "the model has no inputs" : "its inputs are: \(known.joined(separator: ", "))"))
    }
    for index in model.inputs where options.outputs.isEmpty || read.contains(index) {
      let tensor = model.tensors[index]
      do throws(DiagnosticError) {
        let shape = try inputShape(tensor)
        guard let type = tensor.elementType else {
          throw fault("unsupported-type", tensor, "the input has type \(TFLiteTensor.name(ofType: tensor.typeCode))", "expected float32")
        }
        if let levels = try tensor.activationQuantization() {
          values[index] = builder.addInput(tensor.name, TensorType(type, shape), levels)
        } else {
          values[index] = builder.addInput(tensor.name, TensorType(type, shape))
        }
      } catch {
        diagnostics += error.diagnostics
        taint(index)
      }
    }
  }

  private func inputShape(_ tensor: TFLiteTensor) throws(DiagnosticError) -> [Int] {
    let declared = tensor.signature.count == tensor.shape.count ? tensor.signature : tensor.shape
    let description = "[\(declared.map { $0 < 0 ? "?" : String($0) }.joined(separator: ","))]"
    guard let shape = options.shapes[tensor.name] else {
      // An unknown batch is 1; any other unknown dimension is the caller's to say.
      guard !declared.dropFirst().contains(where: { $0 < 1 }), declared.first != 0 else {
        throw fault("unknown-shape", tensor, "the input has shape \(description)", "fix it with --shape \(tensor.name)=1,...")
      }
      return declared.map { max($0, 1) }
    }
    // Models of old converters say nothing about which dimensions are free, so there all are.
    let isFree = tensor.signature.isEmpty
    guard shape.count == declared.count || (isFree && declared.isEmpty), shape.allSatisfy({ $0 >= 1 }),
      isFree || zip(shape, declared).allSatisfy({ $1 < 0 || $0 == $1 })
    else {
      throw fault(
        "bad-shape", tensor, "--shape gives \(shape), the model has \(description)", "dimensions are at least 1 and fit the model's")
    }
    do { _ = try checkedProduct(shape) } catch { throw fault("bad-shape", tensor, error.message, "give smaller dimensions") }
    return shape
  }

  // MARK: Outputs

  private func addOutput(_ index: Int) throws(DiagnosticError) {
    let tensor = model.tensors[index]
    let levels = try tensor.activationQuantization()
    builder.addOutput(tensor.name, try value(of: index), levelType: levels == nil ? nil : tensor.elementType)
  }

  // MARK: Operators

  var faultCount: Int { diagnostics.count }

  func importOperator(_ op: TFLiteOperator) {
    let isTainted = op.inputs.contains(where: tainted.contains)
    do throws(DiagnosticError) {
      try TFLiteNode(op, in: self).importOperator()
    } catch {
      // Shapes after a fault are guesses: only what does not depend on them is told.
      diagnostics += error.diagnostics.filter { !isTainted || $0.code.hasPrefix("unsupported") }
      for output in op.outputs { taint(output) }
      return
    }
    if isTainted { tainted.formUnion(op.outputs) }
  }

  /// Stands a placeholder in for a tensor that could not be made, so that the faults behind it are found too. The graph is not returned.
  private func taint(_ tensor: Int) {
    tainted.insert(tensor)
    let type = model.tensors[tensor].isQuantized ? TensorType(.float32, model.tensors[tensor].shape) : model.tensors[tensor].declaredType
    if values[tensor] == nil { values[tensor] = builder.addInput(model.tensors[tensor].name, type) }
  }
}

extension TFLiteSubgraph {
  /// The main graph.
  fileprivate init(_ model: TFLiteModel) {
    (tensors, operators, inputs, outputs) = (model.tensors, model.operators, model.inputs, model.outputs)
  }
}
