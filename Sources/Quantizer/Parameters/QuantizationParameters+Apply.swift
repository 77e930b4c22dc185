package import ModelGraph

extension QuantizationParameters {
  /// Graph and plan that the parameters stand for.
  ///
  /// - Parameter graph: optimized, as it was given to `quantize`.
  /// - Returns: no report where the parameters were edited since they were measured.
  /// - Throws: everything in which the parameters do not fit the graph.
  package func applied(to graph: Graph) throws(DiagnosticError) -> QuantizationResult {
    var fitting = ParameterFitting(self, graph)
    return try fitting.result()
  }
}

/// Lays parameters over a graph and notes whatever does not fit.
private struct ParameterFitting {
  private let parameters: QuantizationParameters
  private let original: Graph
  private var graph: Graph
  private var plan = QuantizationPlan()
  private var diagnostics: [Diagnostic] = []
  private var observations: [ValueID: Observation] = [:]

  init(_ parameters: QuantizationParameters, _ graph: Graph) { (self.parameters, original, self.graph) = (parameters, graph, graph) }

  mutating func result() throws(DiagnosticError) -> QuantizationResult {
    guard parameters.format == QuantizationParameters.format, parameters.version == QuantizationParameters.version else {
      throw DiagnosticError(
        Diagnostic(
          code: "bad-parameters",
          message: "format '\(parameters.format)' version \(parameters.version), expected '\(QuantizationParameters.format)' version "
            + "\(QuantizationParameters.version)", hint: "save the parameters again"))
    }
    matchInputs()
    let equalizations = equalize()
    let absorptions = absorb()
    matchTensors()
    matchLayers()
    if diagnostics.isEmpty { findMissingTensors() }
    guard diagnostics.isEmpty else { throw DiagnosticError(diagnostics) }
    let isMeasured = try parameters.report?.parameters == parameters.digest()
    var report = isMeasured ? parameters.report?.quantization ?? QuantizationReport() : QuantizationReport()
    if !isMeasured { report.rangeMethod = "given parameters" }
    return QuantizationResult(
      graph: graph, plan: plan, report: report, warnings: [], equalizations: equalizations, absorptions: absorptions,
      observations: observations, isMeasured: isMeasured)
  }

  private mutating func refuse(_ code: String, _ node: String, _ message: String, hint: String = "save the parameters again from this model") {
    diagnostics.append(Diagnostic(code: code, node: node, message: message, hint: hint))
  }

  // MARK: - Inputs and equalization

  private mutating func matchInputs() {
    let own = original.inputs.map(QuantizationParameters.Input.init)
    for input in parameters.inputs where !own.contains(where: { $0.name == input.name }) {
      refuse("parameters-misfit", input.name, "an input of the parameters that the model does not have")
    }
    for input in own {
      guard let given = parameters.inputs.first(where: { $0.name == input.name }) else {
        refuse("parameters-misfit", input.name, "an input that the parameters do not have")
        continue
      }
      if given.shape != input.shape {
        refuse(
          "parameters-misfit", input.name, "the input has shape \(input.shape), the parameters are for \(given.shape)",
          hint: "give the --shape and --input-layout that they were saved with")
      }
      if (given.mean, given.std) != (input.mean, input.std) {
        func worded(_ input: QuantizationParameters.Input) -> String { "mean \(input.mean ?? [0]) and std \(input.std ?? [1])" }
        refuse(
          "parameters-misfit", input.name, "the input is normalized by \(worded(input)), the parameters are for \(worded(given))",
          hint: "give the --mean and --std that they were saved with")
      }
    }
  }

  private mutating func equalize() -> [AppliedEqualization] {
    guard !parameters.equalization.isEmpty else { return [] }
    let groups = original.channelGroups()
    func names(_ ids: [NodeID]) -> Set<String> { Set(original.nodes.filter { ids.contains($0.id) }.map(original.layerName)) }
    var equalizations: [ChannelEqualization] = []
    for entry in parameters.equalization {
      let name = entry.producers.joined(separator: ", ")
      guard let group = groups.first(where: { names($0.producers) == Set(entry.producers) && names($0.consumers) == Set(entry.consumers) }) else {
        refuse("parameters-misfit", name, "its channels cannot be scaled against \(entry.consumers.joined(separator: ", ")) in this model")
        continue
      }
      guard let equalization = ChannelEqualization(group, exponents: entry.exponents) else {
        refuse(
          "parameters-misfit", name,
          "\(entry.exponents.count) equalization exponents for \(group.channels) channels, each expected within "
            + "-\(ChannelEqualization.limit)...\(ChannelEqualization.limit)")
        continue
      }
      equalizations.append(equalization)
    }
    graph = original.equalized(equalizations)
    return equalizations.map(AppliedEqualization.init)
  }

  private mutating func absorb() -> [BiasAbsorption] {
    let places = original.absorptionPlaces()
    var absorptions: [BiasAbsorption] = []
    for entry in parameters.biasAbsorption ?? [] {
      guard let place = places.first(where: { original[$0.value].name == entry.producer }) else {
        refuse("parameters-misfit", entry.producer, "what it writes cannot be moved in this model: no layer, or one whose readers pad or have no weights")
        continue
      }
      guard let absorption = BiasAbsorption(place, offsets: entry.offsets) else {
        refuse(
          "parameters-misfit", entry.producer,
          "\(entry.offsets.count) offsets for \(place.channels) channels, each expected finite\(place.isRectified ? " and not below 0" : "")")
        continue
      }
      absorptions.append(absorption)
    }
    graph = graph.absorbing(absorptions)
    return absorptions
  }

  // MARK: - Tensors

  private mutating func matchTensors() {
    let values = Dictionary(graph.values.indices.map { (graph.values[$0].name, ValueID(index: $0)) }) { first, _ in first }
    for tensor in parameters.tensors {
      guard let value = values[tensor.name] else {
        refuse("parameters-misfit", tensor.name, "a tensor of the parameters that the model does not have")
        continue
      }
      if graph[value].type.shape != tensor.shape {
        refuse("parameters-misfit", tensor.name, "the tensor has shape \(graph[value].type.shape), the parameters are for \(tensor.shape)")
      }
      guard plan.activations[value] == nil else {
        refuse("bad-parameters", tensor.name, "the tensor is listed twice", hint: "keep one entry")
        continue
      }
      plan.activations[value] = quantization(of: tensor)
      if let narrowed = tensor.narrowed {
        plan.narrowed[value] = checked(AffineQuantization(scale: narrowed.scale, zeroPoint: narrowed.zeroPoint), tensor.name)
      }
      if let observed = tensor.observed, observed.count == 2 {
        observations[value] = Observation(minimum: observed[0], maximum: observed[1], method: tensor.method ?? "given")
      }
    }
  }

  private mutating func quantization(of tensor: QuantizationParameters.Tensor) -> AffineQuantization? {
    guard let width = LevelWidth(rawValue: tensor.width) else {
      refuse("bad-parameters", tensor.name, "width \(tensor.width), expected 8 or 16 bits", hint: "correct the entry")
      return nil
    }
    let range = tensor.range ?? []
    guard range.isEmpty || (range.count == 2 && range.allSatisfy(\.isFinite) && range[0] <= range[1]) else {
      refuse("bad-parameters", tensor.name, "range \(range), expected its lower and its upper end", hint: "correct the entry")
      return nil
    }
    guard let scale = tensor.scale, let zeroPoint = tensor.zeroPoint else {
      guard tensor.scale == nil, tensor.zeroPoint == nil, !range.isEmpty else {
        refuse("bad-parameters", tensor.name, "neither scale and zero point nor a range", hint: "give both of the former, or the latter")
        return nil
      }
      return checked(width == .int8 ? AffineQuantization(lower: range[0], upper: range[1]) : .words(covering: range), tensor.name)
    }
    guard let quantization = checked(AffineQuantization(scale: scale, zeroPoint: zeroPoint, width: width), tensor.name) else { return nil }
    guard range.isEmpty || range == quantization.ends else {
      refuse(
        "bad-parameters", tensor.name,
        "range \(range) is not that of scale \(scale) and zero point \(zeroPoint), which is \(quantization.ends)",
        hint: "leave out the one that is not meant")
      return nil
    }
    return quantization
  }

  /// The scale where int8 programs can hold it.
  private mutating func checked(_ quantization: AffineQuantization, _ name: String) -> AffineQuantization? {
    let zeroPoints = quantization.width == .int8 ? quantization.width.levels : 0...0
    let scales = AffineQuantization.smallestScale...AffineQuantization.largestScale
    guard scales.contains(quantization.scale), zeroPoints.contains(quantization.zeroPoint) else {
      refuse(
        "bad-parameters", name,
        "scale \(quantization.scale) and zero point \(quantization.zeroPoint), expected a scale in \(scales) and a zero point in \(zeroPoints)",
        hint: "correct the entry")
      return nil
    }
    return quantization
  }

  // MARK: - Layers

  private mutating func matchLayers() {
    let nodes = graph.nodes.filter { graph.readsFloats($0) }
    let positions = Dictionary(nodes.indices.map { (graph.layerName(nodes[$0]), $0) }) { first, _ in first }
    for node in graph.nodes where !graph.readsFloats(node) { plan.precisions[node.id] = .float32 }
    var found: Set<Int> = []
    for layer in parameters.layers {
      guard let position = positions[layer.name], type(of: nodes[position].op).name == layer.op else {
        let other = positions[layer.name].map { ": there it is \(type(of: nodes[$0].op).name)" } ?? ""
        refuse("parameters-misfit", layer.name, "a layer (\(layer.op)) of the parameters that the model does not have\(other)")
        continue
      }
      guard found.insert(position).inserted else {
        refuse("bad-parameters", layer.name, "the layer is listed twice", hint: "keep one entry")
        continue
      }
      let node = nodes[position]
      if layer.precision != .int8 { plan.precisions[node.id] = layer.precision }
      if let weights = layer.weights {
        plan.weights[node.id] = quantized(weights, of: node, layer.name)
      } else if node.hasWeights, layer.precision != .float32 {
        refuse("bad-parameters", layer.name, "no weight scales for a layer in \(layer.precision)", hint: "save the parameters again, or make it float32")
      }
    }
    for position in nodes.indices where !found.contains(position) {
      refuse("parameters-misfit", graph.layerName(nodes[position]), "a layer that the parameters do not have")
    }
  }

  private mutating func quantized(_ weights: QuantizationParameters.Weights, of node: Node, _ name: String) -> QuantizedWeights? {
    let shape = node.inputs.count > 1 ? node.inputs[1].flatMap { graph[$0].constant?.shape } ?? [] : []
    let channels = shape.first ?? 0
    guard weights.shape == shape, weights.scales.count == channels, [nil, channels].contains(weights.biasCorrection?.count) else {
      refuse(
        "parameters-misfit", name,
        "its weight has shape \(shape), the parameters are for \(weights.shape) with \(weights.scales.count) scales and "
          + "\(weights.biasCorrection?.count ?? channels) biases")
      return nil
    }
    if let channel = weights.scales.firstIndex(where: { !(0x1p-100...0x1p100).contains($0) }) {
      refuse("bad-parameters", name, "weight scale \(weights.scales[channel]) of channel \(channel), expected a positive finite number", hint: "correct the entry")
      return nil
    }
    guard let nearest = NearestWeights(node, in: graph, scales: weights.scales, input: plan.levelsRead(by: node)) else { return nil }
    guard let values = adjusted(nearest, weights.adjusted, name) else { return nil }
    let bias = zip(nearest.bias, weights.biasCorrection ?? Array(repeating: 0, count: channels)).map { $0.addingReportingOverflow($1) }
    if let channel = bias.firstIndex(where: \.overflow) {
      refuse("bad-parameters", name, "the bias correction of channel \(channel) is beyond 64 bits", hint: "correct the entry")
      return nil
    }
    return QuantizedWeights(scales: weights.scales, values: values, zeroPoint: nearest.zeroPoint, bias: bias.map(\.partialValue))
  }

  private mutating func adjusted(_ nearest: NearestWeights, _ adjusted: QuantizationParameters.Adjusted?, _ name: String) -> [Int8]? {
    guard let adjusted else { return nearest.values }
    var values = nearest.values
    guard adjusted.positions.count == adjusted.steps.count else {
      refuse("bad-parameters", name, "\(adjusted.positions.count) positions but \(adjusted.steps.count) steps", hint: "give one step a position")
      return nil
    }
    for (position, step) in zip(adjusted.positions, adjusted.steps) {
      guard values.indices.contains(position), (-255...255).contains(step), let value = Int8(exactly: Int(values[position]) + step) else {
        refuse(
          "bad-parameters", name, "step \(step) at position \(position): expected a position under \(values.count) and a level in -128...127",
          hint: "correct the entry")
        return nil
      }
      values[position] = value
    }
    return values
  }

  // MARK: - Completeness

  /// A value needs a scale where an int8 layer reads it, and where one writes it that cannot hand on its accumulators as floats.
  private mutating func findMissingTensors() {
    var missing: Set<ValueID> = []
    for node in graph.nodes where plan.precisions[node.id] != .float32 && graph.readsFloats(node) {
      let writes = node.hasWeights || node.op is MatMul ? [] : node.outputs
      for value in (node.activationInputs + writes) where graph.isFloatingPoint(value) && graph[value].constant == nil {
        if plan.activations[value] == nil { missing.insert(value) }
      }
    }
    for value in missing.sorted(by: { $0.index < $1.index }) {
      refuse("parameters-misfit", graph[value].name, "a tensor of an int8 layer that the parameters do not have")
    }
  }
}

extension AffineQuantization {
  /// The finest int16 levels that hold both ends.
  fileprivate static func words(covering range: [Float]) -> AffineQuantization {
    let largest = min(max(range[0].magnitude, range[1].magnitude), largestMagnitude)
    return AffineQuantization(scale: max(largest / 32767, smallestScale), zeroPoint: 0, width: .int16)
  }
}
