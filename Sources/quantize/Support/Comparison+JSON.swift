import Quantizer

/// The keys are a contract: new ones may be added. Every key is written; what is undefined is null.
extension Comparison: Encodable {
  private enum CodingKeys: String, CodingKey {
    case samples, float, int8, agreement, speedup, metrics, cosine
    case pairedStandardError = "paired_standard_error"
    case sqnrDecibels = "sqnr_db"
    case maxAbsError = "max_abs_error"
    case agreementStandardError = "agreement_standard_error"
    case cosineStandardError = "cosine_standard_error"
    case sqnrStandardError = "sqnr_standard_error_db"
  }

  private enum SideKeys: String, CodingKey {
    case top1
    case top1StandardError = "top1_standard_error"
    case medianMicroseconds = "median_us"
    case endToEndMicroseconds = "end_to_end_us"
    case fileBytes = "file_bytes"
    case arenaBytes = "arena_bytes"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let top1 = measured(.top(1))
    try container.encode(samples, forKey: .samples)
    for (side, value, key) in [(float, top1?.float, CodingKeys.float), (int8, top1?.int8, .int8)] {
      var keyed = container.nestedContainer(keyedBy: SideKeys.self, forKey: key)
      try keyed.encode(value?.value, forKey: .top1)
      try keyed.encode(value?.standardError, forKey: .top1StandardError)
      try keyed.encode(side.medianMicroseconds, forKey: .medianMicroseconds)
      try keyed.encode(side.endToEndMicroseconds, forKey: .endToEndMicroseconds)
      try keyed.encode(side.fileBytes, forKey: .fileBytes)
      try keyed.encode(side.arenaBytes, forKey: .arenaBytes)
    }
    try container.encode(metrics, forKey: .metrics)
    try container.encode(agreement?.value, forKey: .agreement)
    try container.encode(agreement?.standardError, forKey: .agreementStandardError)
    try container.encode(top1.flatMap { $0.int8.difference(from: $0.float).standardError }, forKey: .pairedStandardError)
    try container.encode(cosine?.value, forKey: .cosine)
    try container.encode(cosine?.standardError, forKey: .cosineStandardError)
    try container.encode(sqnr?.value, forKey: .sqnrDecibels)
    try container.encode(sqnr?.standardError, forKey: .sqnrStandardError)
    try container.encode(maxAbsError, forKey: .maxAbsError)
    try container.encode(speedup, forKey: .speedup)
  }
}

extension Comparison.Measured: Encodable {
  private enum CodingKeys: String, CodingKey {
    case name, float, int8, difference
    case floatStandardError = "float_standard_error"
    case int8StandardError = "int8_standard_error"
    case differenceStandardError = "difference_standard_error"
    case higherIsBetter = "higher_is_better"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let change = int8.difference(from: float)
    try container.encode(metric.name, forKey: .name)
    try container.encode(metric.higherIsBetter, forKey: .higherIsBetter)
    try container.encode(float.value, forKey: .float)
    try container.encode(float.standardError, forKey: .floatStandardError)
    try container.encode(int8.value, forKey: .int8)
    try container.encode(int8.standardError, forKey: .int8StandardError)
    try container.encode(change.value, forKey: .difference)
    try container.encode(change.standardError, forKey: .differenceStandardError)
  }
}
