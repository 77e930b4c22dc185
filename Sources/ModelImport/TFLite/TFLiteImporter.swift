package import ModelGraph

/// Reads a TensorFlow Lite model (float or fp16 weights) into a raw graph. Its shape arithmetic is folded; nothing is optimized.
/// - Parameter name: the graph's name, such as the file's stem.
/// - Throws: everything that is wrong with the model or the options at once.
package func importTFLite(_ bytes: [UInt8], name: String, options: ImportOptions) throws(DiagnosticError) -> Graph {
  let file = FlatBuffer(bytes)
  let importer = TFLiteImporter(file: file, model: try TFLiteModel(file), name: name, options: options)
  return try importer.run()
}

/// The state of one import: which value of the graph each tensor of the file has become.
final class TFLiteImporter {
  let file: FlatBuffer
  let model: TFLiteModel
  let options: ImportOptions
  var builder: GraphBuilder
  /// Outputs of SPACE_TO_BATCH_ND, for a BATCH_TO_SPACE_ND that undoes it.
  var phaseImages: [ValueID: TFLitePhaseImages] = [:]
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
    try checkStructure()
    let outputs = try resolveOutputs()
    let needed = operatorsNeeded(for: outputs)
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

  private func hasData(_ tensor: Int) -> Bool {
    let tensor = model.tensors[tensor]
    return !model.buffers[tensor.buffer].isEmpty || (tensor.shape.contains(0) && !tensor.isVariable)
  }

  private func constant(of index: Int) throws(DiagnosticError) -> Tensor {
    let tensor = model.tensors[index]
    guard let type = tensor.elementType else {
      let message = "the constant has type \(TFLiteTensor.name(ofType: tensor.typeCode)), expected float32, float16 or an integer type"
      throw fault("unsupported-type", tensor, message, "convert the model with float32 or float16 weights")
    }
    guard !tensor.isSparse else {
      throw fault("unsupported-type", tensor, "the constant is stored sparse", "convert the model without sparsity")
    }
    let range = model.buffers[tensor.buffer]
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

  private func fault(_ code: String, _ tensor: TFLiteTensor, _ message: String, _ hint: String) -> DiagnosticError {
    DiagnosticError(Diagnostic(code: code, node: tensor.name, message: "tensor \(tensor.index): \(message)", hint: hint))
  }

  // MARK: Structure

  /// Every index in range, every tensor written once and before it is read: what follows relies on it.
  private func checkStructure() throws(DiagnosticError) {
    var faults: [Diagnostic] = []
    func bad(_ node: String, _ message: String) {
      faults.append(Diagnostic(code: "bad-file", node: node, message: message, hint: "export the model again"))
    }
    let tensors = model.tensors.indices
    for tensor in model.tensors where !model.buffers.indices.contains(tensor.buffer) {
      bad(tensor.name, "tensor \(tensor.index) names buffer \(tensor.buffer) of \(model.buffers.count)")
    }
    for index in model.inputs + model.outputs where !tensors.contains(index) {
      bad("", "the model's inputs or outputs name tensor \(index) of \(tensors.count)")
    }
    if model.outputs.isEmpty { bad("", "the model has no output") }
    if Set(model.inputs).count != model.inputs.count { bad("", "an input is listed twice") }
    if Set(model.outputs).count != model.outputs.count { bad("", "an output is listed twice") }
    guard faults.isEmpty else { throw DiagnosticError(faults) }

    var written = Set(model.inputs)
    for op in model.operators {
      guard model.operatorCodes.indices.contains(op.code) else {
        bad("", "operator \(op.index) has code \(op.code) of \(model.operatorCodes.count)")
        continue
      }
      let name = model.operatorCodes[op.code].name
      for input in op.inputs where input != -1 {
        if !tensors.contains(input) {
          bad("", "operator \(op.index) (\(name)) reads tensor \(input) of \(tensors.count)")
        } else if !written.contains(input) && !hasData(input) && !model.tensors[input].isVariable {
          bad(model.tensors[input].name, "operator \(op.index) (\(name)) reads tensor \(input) before anything writes it")
        }
      }
      for output in op.outputs {
        if !tensors.contains(output) {
          bad("", "operator \(op.index) (\(name)) writes tensor \(output) of \(tensors.count)")
        } else if !written.insert(output).inserted {
          bad(model.tensors[output].name, "operator \(op.index) (\(name)) writes tensor \(output), which is an input or already written")
        } else if hasData(output) && !model.tensors[output].shape.contains(0) {
          bad(model.tensors[output].name, "operator \(op.index) (\(name)) writes tensor \(output), which holds constant data")
        }
      }
    }
    for output in model.outputs where !written.contains(output) && !hasData(output) {
      bad(model.tensors[output].name, "nothing writes output tensor \(output)")
    }
    guard faults.isEmpty else { throw DiagnosticError(faults + unsupportedOperators) }
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

  /// Which operators the outputs depend on.
  private func operatorsNeeded(for outputs: [Int]) -> [Bool] {
    var tensors = Set(outputs)
    var needed = Array(repeating: false, count: model.operators.count)
    for op in model.operators.reversed() where op.outputs.contains(where: tensors.contains) {
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

  private func importOperator(_ op: TFLiteOperator) {
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
