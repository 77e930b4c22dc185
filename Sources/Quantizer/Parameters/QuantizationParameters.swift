package import ModelGraph

/// All that a quantization chose, as a document that people review, keep under version control and pin: scales and zero points, weight scales,
/// equalization, what was rounded otherwise than to the nearest. With the model that it was made for it gives the same plan without any samples.
///
/// Tensors and layers go by the names of the graph's values, which are unique; a layer by that of its first output. `docs/parameters.md`
/// describes every key.
package struct QuantizationParameters: Codable, Hashable, Sendable {
  package static let format = "swiftlet-quantization"
  package static let version = 1

  package var format = Self.format
  package var version = Self.version
  /// File name and SHA-256 of the model that was calibrated.
  package var source: Source?
  package var inputs: [Input] = []
  package var equalization: [Equalization] = []
  /// After the equalization; nil where nothing was moved.
  package var biasAbsorption: [Absorption]?
  /// In graph order.
  package var tensors: [Tensor] = []
  package var layers: [Layer] = []
  /// What calibration measured, with the digest of the parameters that it holds for.
  package var report: Measured?

  private enum CodingKeys: String, CodingKey {
    case format, version, source, inputs, equalization, tensors, layers, report
    case biasAbsorption = "bias_absorption"
  }

  package struct Source: Codable, Hashable, Sendable {
    package var name: String
    package var sha256: String
    package init(name: String, sha256: String) { (self.name, self.sha256) = (name, sha256) }
  }

  /// What the net is fed: scales mean nothing under another shape or normalization.
  package struct Input: Codable, Hashable, Sendable {
    package var name: String
    package var shape: [Int]
    package var mean: [Float]?
    package var std: [Float]?
  }

  /// Channel c of what the producers write is divided by 2^exponents[c]; the consumers' weights take it back.
  package struct Equalization: Codable, Hashable, Sendable {
    package var producers: [String]
    package var consumers: [String]
    package var exponents: [Int]

    package init(producers: [String], consumers: [String], exponents: [Int]) {
      (self.producers, self.consumers, self.exponents) = (producers, consumers, exponents)
    }
  }

  /// Channel c of what the producer writes is smaller by offsets[c]; the biases of the layers that read it make up for that.
  package struct Absorption: Codable, Hashable, Sendable {
    package var producer: String
    package var offsets: [Float]
    package init(producer: String, offsets: [Float]) { (self.producer, self.offsets) = (producer, offsets) }
  }

  /// real = (level - zero point) * scale.
  package struct Tensor: Codable, Hashable, Sendable {
    package var name: String
    package var shape: [Int]
    /// Bits of a level.
    package var width: Int
    /// With the zero point what counts; a tensor without them gets the finest ones that cover `range`.
    package var scale: Float?
    package var zeroPoint: Int32?
    /// The real numbers of the lowest and the highest level.
    package var range: [Float]?
    /// Smallest and largest value that calibration saw.
    package var observed: [Float]?
    /// How the range was chosen.
    package var method: String?
    /// The int8 form of int16 levels that int8 layers read.
    package var narrowed: Narrowed?

    private enum CodingKeys: String, CodingKey {
      case name, shape, width, scale, range, observed, method, narrowed
      case zeroPoint = "zero_point"
    }
  }

  package struct Narrowed: Codable, Hashable, Sendable {
    package var scale: Float
    package var zeroPoint: Int32

    private enum CodingKeys: String, CodingKey {
      case scale
      case zeroPoint = "zero_point"
    }
  }

  package struct Layer: Codable, Hashable, Sendable {
    /// Of its first output.
    package var name: String
    package var node: String
    package var op: String
    package var precision: Precision
    package var weights: Weights?
  }

  /// Weight ~ round(weight / scale) + step, bias ~ round(bias / (input scale * scale)) + correction, one scale an output channel.
  package struct Weights: Codable, Hashable, Sendable {
    package var shape: [Int]
    package var scales: [Float]
    /// In steps of the accumulator, one a channel; nil where all are zero.
    package var biasCorrection: [Int64]?
    /// Row-major positions of the weights that are not rounded to the nearest level, and by how many levels they differ from it.
    package var adjusted: Adjusted?

    private enum CodingKeys: String, CodingKey {
      case shape, scales, adjusted
      case biasCorrection = "bias_correction"
    }
  }

  package struct Adjusted: Codable, Hashable, Sendable {
    package var positions: [Int]
    package var steps: [Int]
    package init(positions: [Int], steps: [Int]) { (self.positions, self.steps) = (positions, steps) }
  }

  package struct Measured: Codable, Hashable, Sendable {
    /// SHA-256 of the document without its report: parameters that were edited since have no measurements.
    package var parameters: String
    package var quantization: QuantizationReport
  }
}
