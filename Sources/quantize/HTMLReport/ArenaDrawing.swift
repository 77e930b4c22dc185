import Swiftlet

/// The arena over time: instructions to the right, bytes upwards, a box for each tensor from its first writer to its last reader.
struct ArenaDrawing {
  private static let (width, height) = (1000.0, 320.0)
  private let model: Model
  private let program: ProgramDescription
  private let spans: [ArenaSpan]

  /// - Returns: nil of a program without an arena.
  init?(_ model: Model) {
    guard let program = model.programs.first, program.arenaBytes > 0, !program.instructions.isEmpty else { return nil }
    (self.model, self.program, spans) = (model, program, model.arenaSpans())
  }

  private func x(_ instruction: Int) -> Double {
    Double(instruction - program.instructions.lowerBound) / Double(program.instructions.count) * Self.width
  }

  private func length(_ bytes: Int) -> Double { Double(bytes) / Double(program.arenaBytes) * Self.height }

  private func box(_ span: ArenaSpan) -> String {
    let (left, right) = (x(span.instructions.lowerBound), x(span.instructions.upperBound + 1))
    let name = span.tensor.map { model.tensors[$0].name } ?? "scratch"
    func isBound(_ bindings: [TensorDescription], alive instruction: Int) -> Bool {
      span.tensor != nil && span.instructions.contains(instruction) && bindings.contains { $0.arenaOffset == span.offset }
    }
    let isWritten = span.tensor.map { tensor in program.instructions.contains { model.instructions[$0].outputs.contains(tensor) } } ?? true
    let isInput = !isWritten && isBound(model.inputs, alive: program.instructions.lowerBound)
    let isOutput = isBound(model.outputs, alive: program.instructions.upperBound - 1)
    let kind = span.tensor == nil ? " scratch" : isInput ? " input" : isOutput ? " output" : ""
    let shape = span.tensor.map { " \(model.tensors[$0].shape)" } ?? ""
    let steps = span.instructions.count == 1 ? "instruction \(span.instructions.lowerBound)" : "instructions \(span.instructions.lowerBound) to \(span.instructions.upperBound)"
    return """
      <rect class="span\(kind)" x="\(coordinate(left))" y="\(coordinate(Self.height - length(span.offset + span.byteCount)))" \
      width="\(coordinate(right - left))" height="\(coordinate(max(length(span.byteCount), 0.8)))">\
      <title>\(escaped("\(name)\(shape): \(formattedBytes(span.byteCount)) at \(span.offset), \(steps)"))</title></rect>
      """
  }

  private var peakText: String {
    guard let peak = model.arenaPeak() else { return "" }
    let instruction = model.instructions[peak.instruction]
    return "Most is needed by instruction \(peak.instruction) (\(instruction.operatorName) \(shortened(instruction.name))): \(formattedBytes(peak.bytes))."
  }

  private var peakLine: String {
    guard let peak = model.arenaPeak() else { return "" }
    let middle = (x(peak.instruction) + x(peak.instruction + 1)) / 2
    return "<path class=\"peak\" d=\"M\(coordinate(middle)) 0V\(coordinate(Self.height))\"/>"
  }

  var html: String {
    let last = program.instructions.upperBound - 1
    return """
      <section>
      <h2>The arena over time</h2>
      <p class="soft">\(formattedBytes(program.arenaBytes)), planned for \(program.plan.rawValue): bytes upwards, instructions to the right. \(escaped(peakText))
      Boxes that overlap share bytes: an output is written over an input that dies.</p>
      <figure class="arena">
      <svg viewBox="0 0 1000 320" role="img" aria-label="Lifetimes of the tensors in the arena" preserveAspectRatio="none" style="height:320px">\(spans.map(box).joined())\(peakLine)</svg>
      <div class="ends"><span>instruction \(program.instructions.lowerBound)</span><span>\(last)</span></div>
      <figcaption><span class="key" style="background:var(--input)"></span>input<span class="key" style="background:var(--output)"></span>output\
      <span class="key" style="background:var(--bar)"></span>tensor<span class="key" style="background:var(--scratch)"></span>scratch</figcaption>
      </figure>
      </section>
      """
  }
}
