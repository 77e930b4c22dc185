package import ModelGraph

package struct CompilerOptions: Sendable {
  /// Scales and weights of an int8 program; nil compiles a wholly float one.
  package var plan: QuantizationPlan?
  /// Every value of the graph keeps a place of its own until the run ends, written by an instruction: for observers.
  package var keepsAllValues = false
  /// Outputs may overlap inputs that die there: the smallest arena. Else only element by element and in place, so that several threads
  /// can share every instruction: the fastest run.
  package var overlaps = true
  /// Sums that layers can make in passing are no instructions of their own. The bytes of all other values are the same.
  package var fusesAdditions = true
  /// Wide tensors between an expansion, a depthwise convolution and a projection exist by bands of rows, where that makes the arena smaller or
  /// the run faster; nil never. The bytes of all other values are the same.
  package var bands: BandLimits? = BandLimits()
  /// What the file says of itself, in this order.
  package var metadata: [(key: String, value: String)] = []

  package init(plan: QuantizationPlan? = nil) { self.plan = plan }
}

package struct CompiledModel: Sendable {
  /// The file.
  package var bytes: [UInt8]
  /// The tensor record that holds each value, constants excepted. A value's bytes outlive the instructions that
  /// read it only where all values are kept.
  package var tensors: [ValueID: Int]
  package var arenaBytes: Int
  /// The largest sum of simultaneously live tensors and scratch, less what outputs could share with dying inputs: at most `arenaBytes`.
  package var lowerBoundBytes: Int
}

/// Lowers an optimized graph to one program, plans its arena and encodes the file. The same graph and options give the same bytes.
/// - Throws: everything that keeps the graph from running, each with its node.
package func compile(_ graph: Graph, options: CompilerOptions) throws(DiagnosticError) -> CompiledModel {
  let lowered = try lower(graph, options: options)
  var program = lowered.program
  if !options.keepsAllValues {
    program.eliminateCopies()
    if options.fusesAdditions { program.fuseAdditions() }
    if let limits = options.bands { program.cutIntoBands(limits, overlaps: options.overlaps) }
  }
  try program.check()
  try program.checkArena(atLeast: program.buffers.max() ?? 0)
  let plan = planArena(of: program, keepsAllValues: options.keepsAllValues, overlaps: options.overlaps)
  try program.checkArena(atLeast: plan.arenaBytes)
  return CompiledModel(
    bytes: try encode(program, plan, metadata: options.metadata), tensors: lowered.tensors, arenaBytes: plan.arenaBytes,
    lowerBoundBytes: plan.lowerBoundBytes)
}
