import ModelGraph

/// Attention: softmax(Q K' * scale + mask) V by heads, as products and a softmax. Q, K, V are [batch, heads, length, size], or
/// [batch, length, heads * size] with the numbers of heads as attributes; several query heads may share a key and value head.
func convertAttention(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  for (index, role) in [(4, "past_key"), (5, "past_value"), (6, "nonpad_kv_seqlen")] where c.optionalInput(index) != nil {
    throw c.unsupported("has the input \(role): a key and value cache is not supported", hint: "export without a cache (use_cache=False)")
  }
  for side in ["left_window_size", "right_window_size"] {
    let size = try c.node.integer(side) ?? -1
    guard size < 0 else { throw c.unsupported("has \(side) \(size): local windows are not supported", hint: "give the window as a mask") }
  }
  try c.refuseOutputs(from: 1, "second")
  let isPacked = c.shape(try c.input(0)).count == 3
  let (queryHeads, keyHeads) = (try c.node.integer("q_num_heads"), try c.node.integer("kv_num_heads"))
  let q = try heads(&c, 0, queryHeads, "q_num_heads"), k = try heads(&c, 1, keyHeads, "kv_num_heads")
  let v = try heads(&c, 2, keyHeads, "kv_num_heads")
  let (qShape, kShape, vShape) = (c.shape(q), c.shape(k), c.shape(v))
  let (groups, length, total) = (kShape[1], qShape[2], kShape[2])
  guard groups > 0, qShape[1].isMultiple(of: groups), vShape[1] == groups else {
    throw c.failure("bad-shape", "\(qShape[1]) query heads cannot share \(groups) key and \(vShape[1]) value heads")
  }
  let scale = try c.node.float("scale") ?? 1 / Float(qShape[3]).squareRoot()
  guard scale > 0, scale.isFinite else { throw c.failure("bad-attribute", "scale is \(scale), expected a positive number") }

  // Heads that share keys are an axis along which these broadcast.
  let shared = qShape[1] / groups
  func grouped(_ c: inout ONNXConversion, _ value: ValueID, _ count: Int, _ part: String) throws(DiagnosticError) -> ValueID {
    guard shared > 1 else { return value }
    let shape = c.shape(value)
    return try c.emit(Reshape(shape: [shape[0], groups, count] + shape[2...]), [value], part: part, output: nil)
  }
  let (query, key, value) = (try grouped(&c, q, shared, "q"), try grouped(&c, k, 1, "k"), try grouped(&c, v, 1, "v"))
  let rank = c.shape(query).count
  let product = MatMul(aRank: rank, bRank: rank, transposesB: true, scale: scale)
  var scores = try c.emit(product, [query, key], part: "scores", output: nil)
  let full = [qShape[0], qShape[1], length, total]
  if shared > 1 { scores = try c.emit(Reshape(shape: full), [scores], part: "heads", output: nil) }
  if let cap = try c.node.float("softcap"), cap != 0 {
    guard cap > 0, cap.isFinite else { throw c.failure("bad-attribute", "softcap is \(cap), expected a positive number") }
    let quotient = try c.emit(Binary(.divide), [scores, c.scalar(cap, "cap")], part: "uncapped", output: nil)
    let tanh = try c.emit(Unary(.tanh), [quotient], part: "capped", output: nil)
    scores = try c.emit(Binary(.multiply), [tanh, c.scalar(cap, "cap")], part: "softcap", output: nil)
  }
  if let mask = try attentionMask(&c, length: length, total: total) {
    scores = try c.emit(Binary(.add), [scores, mask], part: "masked", output: nil)
  }
  guard c.shape(scores) == full else {
    throw c.failure("bad-shape", "the mask \(c.type(try c.input(3))) does not broadcast to the scores \(full)")
  }
  var weights = try c.emit(Softmax(axis: 3), [scores], part: "softmax", output: nil)
  if shared > 1 {
    weights = try c.emit(Reshape(shape: [full[0], groups, shared, length, total]), [weights], part: "weights", output: nil)
  }
  var result = try c.emit(MatMul(aRank: rank, bRank: rank), [weights, value], part: "sum", output: nil)
  let size = vShape[3]
  if !isPacked { return [try c.emit(Reshape(shape: [full[0], full[1], length, size]), [result], part: "shape")] }
  result = try c.emit(Reshape(shape: [full[0], full[1], length, size]), [result], part: "heads-out", output: nil)
  result = try c.emit(Transpose(permutation: [0, 2, 1, 3]), [result], part: "merged", output: nil)
  return [try c.emit(Reshape(shape: [full[0], length, full[1] * size]), [result], part: "shape")]
}

/// An input as [batch, heads, length, size].
private func heads(
  _ c: inout ONNXConversion, _ index: Int, _ count: Int?, _ attribute: String
) throws(DiagnosticError) -> ValueID {
  let x = try c.input(index)
  let shape = c.shape(x)
  if shape.count == 4 { return x }
  guard shape.count == 3 else { throw c.failure("bad-shape", "input \(index) must have rank 3 or 4, found \(c.type(x))") }
  guard let count, count > 0, shape[2].isMultiple(of: count) else {
    throw c.failure("bad-attribute", "\(attribute) \(count.map(String.init) ?? "is missing and") does not divide the last axis of \(c.type(x))")
  }
  let split = try c.emit(Reshape(shape: [shape[0], shape[1], count, shape[2] / count]), [x], part: "split-\(index)", output: nil)
  return try c.emit(Transpose(permutation: [0, 2, 1, 3]), [split], part: "heads-\(index)", output: nil)
}

/// What is added to the scores: a float mask as it is, a constant boolean one as 0 and minus infinity, and those of the future.
private func attentionMask(_ c: inout ONNXConversion, length: Int, total: Int) throws(DiagnosticError) -> ValueID? {
  var mask = c.optionalInput(3)
  if let given = mask, c.type(given).elementType == .bool {
    guard let flags = c.builder.constant(of: given)?.integers else {
      throw c.unsupported("its boolean mask is computed at run time", hint: "export with a float mask, which is added to the scores")
    }
    let row = c.shape(given).last ?? 1
    guard stride(from: 0, to: flags.count, by: max(row, 1)).allSatisfy({ start in flags[start..<start + row].contains { $0 != 0 } }) else {
      throw c.unsupported("its mask \(c.type(given)) hides every key from some query", hint: "let each query see one key at least")
    }
    mask = c.emitConstant(
      Tensor(shape: c.shape(given), floats: flags.map { $0 == 0 ? -.infinity : 0 }), part: "mask", output: nil)
  }
  guard try c.node.flag("is_causal") else { return mask }
  let future = (0..<length).flatMap { row in (0..<total).map { $0 > row ? -Float.infinity : 0 } }
  let causal = c.emitConstant(Tensor(shape: [length, total], floats: future), part: "causal", output: nil)
  guard let mask else { return causal }
  return try c.emit(Binary(.add), [mask, causal], part: "masks", output: nil)
}
