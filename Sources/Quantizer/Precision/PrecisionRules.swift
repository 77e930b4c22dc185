import ModelCompiler
import ModelGraph

/// Which nodes run in float or int16, which values are held in int16, and why where nobody asked for it.
struct PrecisionRules {
  /// Absent nodes run in int8.
  private(set) var precisions: [NodeID: Precision] = [:]
  /// Nodes without a form in the precision that they should run in: the float islands, in graph order.
  private(set) var islands: [(node: Node, reason: String)] = []
  /// Values of int16 levels. Nodes that run in int8 read an int8 form of theirs.
  private(set) var wide: Set<ValueID> = []
  /// Nodes that run in float because they, or tensors that they read, were asked to.
  private(set) var asked: Set<NodeID> = []
  /// Those of them that hold a limit.
  private(set) var promoted: Set<NodeID> = []
  /// PReLUs that run in float on a layer's accumulators.
  private(set) var slopes: Set<NodeID> = []
  /// Outputs that weighted layers write as floats for the caller. See `FloatTail`.
  private(set) var floatOutputs: Set<ValueID> = []
  let keepsFloatOutputs: Bool

  /// - Parameter keepsFloatOutputs: whether the end of the net stays in float, and what PReLUs take from layers.
  /// - Throws: `no-int16-form` for every node that was asked by its own name to run in int16 and cannot.
  init(
    _ graph: Graph, _ histograms: [ValueID: Histogram], _ requested: RequestedPrecisions, keepsFloatOutputs: Bool
  ) throws(DiagnosticError) {
    self.keepsFloatOutputs = keepsFloatOutputs
    // A padding of infinities that passes its own rule is read by maxima only, and saturates rightly.
    let infinitePaddings = Set(graph.nodes.filter { ($0.op as? Pad)?.value.isInfinite == true }.flatMap(\.outputs))
    var beyondInt8: [ValueID: String] = [:]
    for (value, histogram) in histograms {
      let largest = histogram.largestMagnitude
      if histogram.infinities > 0, !infinitePaddings.contains(value) {
        beyondInt8[value] = "its values reach infinity"
      } else if largest > AffineQuantization.largestMagnitude {
        beyondInt8[value] = "its values reach \(largest), more than int8 scales cover (\(AffineQuantization.largestMagnitude))"
      }
    }
    var reasons: [NodeID: String] = [:]
    for node in graph.nodes {
      if !graph.readsFloats(node) {
        precisions[node.id] = .float32
      } else if let reason = Self.reason(node, graph, beyondInt8) {
        precisions[node.id] = .float32
        reasons[node.id] = reason
      }
    }
    promoted = requested.promoted
    applyFloats(graph, requested)
    try applyInt16(graph, requested, &reasons)
    islands = graph.nodes.compactMap { node in reasons[node.id].map { (node, $0) } }
    if !islands.isEmpty || !asked.isEmpty { floatBetweenIslands(graph) }
    guard keepsFloatOutputs else { return }
    floatSlopes(graph, requested)
    let settled = precisions.merging(requested.nodes) { first, _ in first }
    let tail = FloatTail(of: graph, precisions: settled, apartFrom: wide.union(requested.values.keys))
    for node in tail.nodes { precisions[node] = .float32 }
    floatOutputs = tail.sources
  }

  private mutating func applyFloats(_ graph: Graph, _ requested: RequestedPrecisions) {
    for node in graph.nodes where precisions[node.id] == nil {
      let wanted = requested.nodes[node.id]
      // Products leave their accumulators in float at no cost.
      let writes = !node.writesFloatsAnyway && node.outputs.contains { requested.values[$0] == .float32 }
      let reads = node.activationInputs.contains { requested.values[$0] == .float32 }
      guard wanted == .float32 || (wanted == nil && (reads || writes)) else { continue }
      precisions[node.id] = .float32
      asked.insert(node.id)
    }
  }

  /// A node in int16 reads and writes such levels. What it writes is read so by every node that can, and in float by those that have no int16
  /// form: the layer's precision is no use if the next one rounds it away. Other readers of what it reads stay as they are.
  private mutating func applyInt16(
    _ graph: Graph, _ requested: RequestedPrecisions, _ reasons: inout [NodeID: String]
  ) throws(DiagnosticError) {
    let asked = graph.nodes.filter { requested.nodes[$0.id] == .int16 && graph.readsFloats($0) }
    let tensors = requested.values.filter { $0.value == .int16 }.map(\.key)
    guard !asked.isEmpty || !tensors.isEmpty else { return }
    var faults: [Diagnostic] = []
    for node in asked where requested.named.contains(node.id) {
      guard let reason = reasons[node.id] ?? node.reasonAgainstInt16(in: graph) else { continue }
      faults.append(
        Diagnostic(
          code: "no-int16-form", node: node.name, sourceOperator: node.sourceOperator,
          inputs: node.inputs.map { $0.map { graph[$0].type } }, message: "it cannot run in int16: \(reason)",
          hint: "run it in float: --precision \(node.name)=float"))
    }
    guard faults.isEmpty else { throw DiagnosticError(faults) }
    let written = Set(tensors + asked.flatMap(\.outputs)).filter { graph.isFloatingPoint($0) && requested.values[$0] != .int8 }
    let read = Set(asked.flatMap { graph.floatActivations(of: $0) }).filter { graph[$0].constant == nil && requested.values[$0] != .int8 }
    // Every round turns at least one node to float.
    while true {
      let sets = EqualScaleGroups(of: graph, precisions: precisions) { $0.reasonAgainstInt16(in: graph) == nil }
      let shared = Set(written.map(sets.representative))
      let all = shared.union(read.map(sets.representative))
      var isShared: Set<ValueID> = []
      wide = []
      for value in graph.activationValues {
        if all.contains(sets.representative(of: value)) { wide.insert(value) }
        if shared.contains(sets.representative(of: value)) { isShared.insert(value) }
      }
      var changed = false
      for node in graph.nodes where precisions[node.id] != .float32 {
        let staysInt8 = requested.nodes[node.id] == .int8
        let written = node.outputs.filter(wide.contains).map(sets.representative)
        let moves = node.activationInputs.contains { written.contains(sets.representative(of: $0)) }
        let reads = requested.nodes[node.id] == .int16 || moves || node.activationInputs.contains(where: isShared.contains)
        // Layers with weights write either width from int8 levels.
        guard (reads && !staysInt8) || (!written.isEmpty && !node.hasWeights) else { continue }
        if let reason = node.reasonAgainstInt16(in: graph) {
          precisions[node.id] = .float32
          reasons[node.id] = reason
          changed = true
        } else if reads && !staysInt8 {
          precisions[node.id] = .int16
        }
      }
      if !changed { return widenConstants(graph) }
      for (id, precision) in precisions where precision == .int16 { precisions[id] = nil }
    }
  }

  /// What an int16 node computes with beside its activations has 16 bits too, unless it shares its scale with what has 8.
  private mutating func widenConstants(_ graph: Graph) {
    var constants: Set<ValueID> = []
    for node in graph.nodes where precisions[node.id] == .int16 {
      constants.formUnion(node.activationInputs.filter { graph[$0].constant != nil && graph.isFloatingPoint($0) })
    }
    for node in graph.nodes where precisions[node.id] != .float32 {
      constants.subtract((node.op as? any Quantizable)?.inputsSharingQuantization(node) ?? [])
    }
    wide.formUnion(constants)
  }

  private static func reason(_ node: Node, _ graph: Graph, _ beyondInt8: [ValueID: String]) -> String? {
    guard let op = node.op as? any Quantizable else { return "\(type(of: node.op).name) has no int8 form" }
    if let reason = op.floatReason(node, in: graph) { return reason }
    return (node.inputs.compactMap(\.self) + node.outputs).lazy.compactMap { beyondInt8[$0] }.first
  }

  /// A PReLU with a layer's result to itself takes the floats of the accumulators, where they are few by the measure of the net's end: levels in between
  /// would have to reach as far below zero as no value does behind it. Convolution and PReLU together then round once.
  private mutating func floatSlopes(_ graph: Graph, _ requested: RequestedPrecisions) {
    var readers: [ValueID: Int] = [:]
    for input in graph.nodes.flatMap(\.inputs).compactMap(\.self) + graph.outputs.map(\.value) { readers[input, default: 0] += 1 }
    let limit = FloatTail.limit(of: graph)
    for node in graph.nodes where node.op is PRelu && precisions[node.id] == nil && requested.nodes[node.id] == nil {
      guard let input = node.inputs.first.flatMap(\.self), readers[input] == 1, requested.values[input] == nil, !wide.contains(input),
        let producer = graph.nodes.first(where: { $0.outputs.contains(input) }), producer.writesFloatsAnyway, precisions[producer.id] == nil,
        graph[input].type.elementCount <= limit
      else { continue }
      precisions[node.id] = .float32
      slopes.insert(node.id)
    }
  }

  /// Nodes that only move elements go float where all around them is: converting to levels and back would only cost.
  private mutating func floatBetweenIslands(_ graph: Graph) {
    var producers: [ValueID: NodeID] = [:]
    var readers: [ValueID: [NodeID]] = [:]
    for node in graph.nodes {
      for output in node.outputs { producers[output] = node.id }
      for input in node.inputs.compactMap(\.self) { readers[input, default: []].append(node.id) }
    }
    // Indices and masks are no floats between islands.
    producers = producers.filter { graph.isFloatingPoint($0.key) }
    let movers = graph.nodes.filter { precisions[$0.id] == nil && ($0.op as? any Quantizable)?.movesElements == true }
    var floating = Set(precisions.keys).union(movers.map(\.id))
    var changed = true
    while changed {
      changed = false
      for node in movers where floating.contains(node.id) {
        let sources = node.inputs.compactMap(\.self).compactMap { producers[$0] }
        let targets = node.outputs.flatMap { readers[$0] ?? [] }
        if !(sources + targets).allSatisfy(floating.contains) {
          floating.remove(node.id)
          changed = true
        }
      }
    }
    for node in movers where floating.contains(node.id) { precisions[node.id] = .float32 }
  }
}

extension Node {
  /// Whether its kernels give floats straight from their accumulators.
  var writesFloatsAnyway: Bool { hasWeights || op is MatMul }

  /// Why this node has no int16 form, in a few words; nil where it has one.
  func reasonAgainstInt16(in graph: Graph) -> String? {
    guard (op as? any Lowerable)?.hasInt16Form == true else { return "\(type(of: op).name) has no int16 form" }
    guard hasWeights, let weight = inputs[1].flatMap({ graph[$0].constant }), let channels = weight.shape.first, channels > 0 else { return nil }
    let depth = weight.count / channels
    if depth > Int(QuantizationPlan.int16MaximumDepth) { return "each output sums \(depth) products, in int16 at most \(QuantizationPlan.int16MaximumDepth)" }
    if weight.quantized?.zeroPoints.contains(where: { $0 != 0 }) == true { return "its weights came with a zero point" }
    return nil
  }
}

extension Graph {
  /// What nodes write and callers hand over.
  var activationValues: [ValueID] { inputs.map(\.value) + nodes.flatMap(\.outputs) }
}
