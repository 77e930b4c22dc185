import ModelGraph

/// Einsum of one or two operands: sums over labels that only one operand has, then a batched product, then a transpose.
func convertEinsum(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  guard let text = try c.node.string("equation") else { throw c.failure("bad-attribute", "attribute 'equation' is missing") }
  var operands: [ValueID] = []
  for index in c.inputs.indices { operands.append(try c.input(index)) }
  guard (1...2).contains(operands.count) else {
    throw c.unsupported("joins \(operands.count) tensors, one or two are supported", hint: "split the equation into steps of two tensors each")
  }
  let equation: EinsumEquation
  do throws(ShapeError) {
    equation = try EinsumEquation(text, ranks: operands.map { c.shape($0).count })
  } catch { throw c.failure("bad-attribute", "equation '\(text)': \(error.message)") }

  var sizes: [EinsumLabel: Int] = [:]
  for (labels, operand) in zip(equation.inputs, operands) {
    for (label, size) in zip(labels, c.shape(operand)) {
      let known = sizes[label] ?? 1
      guard known == size || known == 1 || size == 1 else {
        throw c.failure("bad-shape", "equation '\(text)': label \(label) has \(known) elements in one place and \(size) in another")
      }
      sizes[label] = max(known, size)
    }
  }
  // What one operand alone has and the output has not is summed first.
  var labels = equation.inputs
  for index in operands.indices {
    let others = Set(equation.output + labels.enumerated().filter { $0.offset != index }.flatMap(\.element))
    let summed = labels[index].indices.filter { !others.contains(labels[index][$0]) }
    guard !summed.isEmpty else { continue }
    operands[index] = try c.emit(Reduce(.sum, axes: summed, keepsDimensions: false), [operands[index]], part: "sum-\(index)", output: nil)
    labels[index] = labels[index].filter(others.contains)
  }
  if operands.count == 1 {
    return [try c.emit(Transpose(permutation: equation.output.compactMap { labels[0].firstIndex(of: $0) }), operands)]
  }
  let (left, right, output) = (labels[0], labels[1], equation.output)
  let batch = output.filter { left.contains($0) && right.contains($0) }
  let summed = left.filter { right.contains($0) && !output.contains($0) }
  let rows = left.filter { !right.contains($0) }
  let columns = right.filter { !left.contains($0) }
  func count(_ labels: [EinsumLabel], of own: [EinsumLabel], _ value: ValueID) -> Int {
    let shape = c.shape(value)
    return labels.reduce(1) { product, label in product * (own.firstIndex(of: label).map { shape[$0] } ?? 1) }
  }
  // [batch..., rows, summed] x [batch..., summed, columns]; a summed label of length 1 on one side alone is repeated.
  func matrix(
    _ c: inout ONNXConversion, _ index: Int, _ own: [EinsumLabel], _ first: [EinsumLabel], _ second: [EinsumLabel]
  ) throws(DiagnosticError) -> ValueID {
    var value = operands[index]
    let full = own.map { summed.contains($0) ? sizes[$0] ?? 1 : c.shape(value)[own.firstIndex(of: $0) ?? 0] }
    if full != c.shape(value) { value = try c.emit(Broadcast(shape: full), [value], part: "repeated-\(index)", output: nil) }
    let order = (batch + first + second).compactMap { own.firstIndex(of: $0) }
    value = try c.emit(Transpose(permutation: order), [value], part: "order-\(index)", output: nil)
    let shape = Array(c.shape(value).prefix(batch.count))
    let inner = c.shape(value).dropFirst(batch.count)
    let matrix = shape + [inner.prefix(first.count).reduce(1, *), inner.dropFirst(first.count).reduce(1, *)]
    return try c.emit(Reshape(shape: matrix), [value], part: "matrix-\(index)", output: nil)
  }
  let a = try matrix(&c, 0, left, rows, summed), b = try matrix(&c, 1, right, summed, columns)
  let product = try c.emit(MatMul(aRank: batch.count + 2, bRank: batch.count + 2), [a, b], part: "product", output: nil)
  let full = (batch + rows + columns).map { sizes[$0] ?? 1 }
  let split = try c.emit(Reshape(shape: full), [product], part: "split", output: nil)
  let place = batch + rows + columns
  return [try c.emit(Transpose(permutation: output.compactMap { place.firstIndex(of: $0) }), [split])]
}

/// A letter of an equation, or an axis that an ellipsis stands for, counted from its end.
enum EinsumLabel: Hashable, CustomStringConvertible {
  case letter(Character)
  case ellipsis(Int)

  var description: String {
    switch self {
    case .letter(let letter): "'\(letter)'"
    case .ellipsis(let index): "\(index) from the end of '...'"
    }
  }
}

/// Labels of each operand's axes and of the output's.
struct EinsumEquation {
  var inputs: [[EinsumLabel]]
  var output: [EinsumLabel]

  /// - Throws: what is wrong with the equation, for operands of these ranks. A label twice in one term (a diagonal) is refused.
  init(_ text: String, ranks: [Int]) throws(ShapeError) {
    let sides = Self.split(text.filter { !$0.isWhitespace }, at: "->")
    guard sides.count <= 2 else { throw ShapeError("more than one '->'") }
    let terms = Self.split(sides[0], at: ",")
    guard terms.count == ranks.count else { throw ShapeError("\(terms.count) terms for \(ranks.count) operands") }
    inputs = []
    var dots = 0
    for (term, rank) in zip(terms, ranks) {
      let labels = try Self.labels(term, rank: rank)
      dots = max(dots, labels.count { if case .ellipsis = $0 { true } else { false } })
      inputs.append(labels)
    }
    let all = Set(inputs.joined())
    if sides.count == 2 {
      let letters = sides[1].count { $0.isLetter }
      output = try Self.labels(sides[1], rank: letters + (sides[1].contains("...") ? dots : 0))
      if let unknown = output.first(where: { !all.contains($0) }) { throw ShapeError("label \(unknown) of the output is in no operand") }
    } else {
      // Implicit: the ellipsis, then letters that stand once, in alphabetical order.
      var counts: [Character: Int] = [:]
      for case .letter(let letter) in inputs.joined() { counts[letter, default: 0] += 1 }
      output = (0..<dots).reversed().map { .ellipsis($0) } + counts.filter { $0.value == 1 }.keys.sorted().map { .letter($0) }
    }
  }

  private static func labels(_ term: String, rank: Int) throws(ShapeError) -> [EinsumLabel] {
    let parts = split(term, at: "...")
    guard parts.count <= 2 else { throw ShapeError("term '\(term)' has more than one '...'") }
    for part in parts {
      guard part.allSatisfy({ $0.isASCII && $0.isLetter }) else { throw ShapeError("term '\(term)' holds other characters than letters") }
    }
    let letters = parts.reduce(0) { $0 + $1.count }
    guard parts.count == 2 ? letters <= rank : letters == rank else {
      throw ShapeError("term '\(term)' has \(letters) labels for a tensor of rank \(rank)")
    }
    var labels: [EinsumLabel] = parts[0].map { .letter($0) }
    if parts.count == 2 {
      labels += (0..<(rank - letters)).reversed().map { .ellipsis($0) }
      labels += parts[1].map { .letter($0) }
    }
    guard Set(labels).count == labels.count else { throw ShapeError("term '\(term)' repeats a label: diagonals are not supported") }
    return labels
  }

  private static func split(_ text: String, at separator: String) -> [String] {
    var parts: [String] = [""]
    var rest = Substring(text)
    while let first = rest.first {
      if rest.hasPrefix(separator) {
        parts.append("")
        rest = rest.dropFirst(separator.count)
      } else {
        parts[parts.count - 1].append(first)
        rest = rest.dropFirst()
      }
    }
    return parts
  }
}
