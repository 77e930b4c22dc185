import RealModule

extension LocalResponse: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let x = inputs.first.flatMap({ $0 }), case .floats(let values) = x.elements else { return nil }
    let (length, inner) = (x.shape[axis], x.shape[(axis + 1)...].reduce(1, *))
    let results = values.indices.map { place -> Float in
      let c = place / inner % length
      let sum = (max(0, c - before)...min(length - 1, c + after)).reduce(Float(0)) { sum, other in
        let value = values[place + (other - c) * inner]
        return sum + value * value
      }
      return values[place] / Float.pow(bias + alpha * sum, beta)
    }
    return [Tensor(shape: x.shape, floats: results)]
  }
}
