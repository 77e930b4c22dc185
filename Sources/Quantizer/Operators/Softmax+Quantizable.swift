import ModelGraph

extension Softmax: Quantizable {
  var fixedQuantization: AffineQuantization? { .unitInterval }
  var outputLimits: ClampRange { ClampRange(lower: 0, upper: 1) }
}
