import ModelGraph
import Quantizer
import Swiftlet
import Testing
import _TestSupport

/// Limits held by promoting the layers that break them.
@Suite struct PromotionTests {
  /// Eight tokens of 16 features, normalized each for itself after an addition that makes one token some hundred times as large as the others: one scale
  /// for all leaves those nothing, and no scaling of channels helps.
  static func outlierNet(seed: UInt64) throws -> Graph {
    var net = Nets("outlier", seed: seed)
    let input = net.builder.addInput("tokens", TensorType(.float32, [1, 8, 16]))
    let embedded = try net.dense(input, 16, clamp: .relu, name: "embed")
    var spike = [Float](repeating: 0, count: 8 * 16)
    for channel in 0..<16 { spike[channel] = channel.isMultiple(of: 2) ? 300 : -300 }
    let constant = net.builder.addConstant(Tensor(shape: [1, 8, 16], floats: spike), name: "spike")
    let massive = try net.builder.add(Binary(.add), [embedded, constant], name: "massive", sourceOperator: "Add", outputNames: ["massive_out"])[0]
    let ones = net.builder.addConstant(Tensor(shape: [16], floats: Array(repeating: 1, count: 16)))
    let norm = try net.builder.add(Normalize(.standard, axes: [2], epsilon: 1e-5), [massive, ones, nil], name: "norm")[0]
    let mixed = try net.dense(norm, 16, clamp: .relu, name: "mix")
    let flat = try net.builder.add(Reshape(shape: [1, 128]), [mixed], name: "flat")[0]
    net.builder.addOutput("scores", try net.dense(flat, 6, name: "scores"))
    return net.builder.graph
  }

  static func quantized(_ graph: Graph, _ limit: QualityLimit?, count: Int = 24) throws -> QuantizationResult {
    var options = Nets.int8Throughout
    (options.rangeMethod, options.correctsBias, options.limit) = (.leastError, true, limit)
    return try Nets.quantized(graph, Nets.samples(graph, count, seed: 50), options)
  }

  @Test func theLayerOfOutliersIsFoundAndAloneIsPromoted() throws {
    let graph = try Self.outlierNet(seed: 1)
    let broken = try Self.quantized(graph, nil)
    let before = try AccuracyTests.signalToNoise(broken.graph, broken.plan, seed: 51)[0]
    #expect(before < 12 && broken.report.promotion == nil)
    let result = try Self.quantized(graph, QualityLimit(.signalToNoise(decibels: 28)))
    let report = try #require(result.report.promotion)
    #expect(report.promotions.map(\.layer) == ["massive"] && report.promotions.map(\.request) == ["massive_out=int16"], "\(report)")
    #expect(report.promotions[0].noiseShare > 0.8 && report.costIncrease > 0)
    #expect(try #require(result.report.outputSQNRDecibels) >= 28)
    // On samples that it did not judge.
    let after = try AccuracyTests.signalToNoise(result.graph, result.plan, seed: 51)[0]
    print("promotion: \(before) dB to \(after) dB")
    #expect(after > 27)
    // Asking for the same by name gives the same.
    var options = Nets.int8Throughout
    (options.rangeMethod, options.correctsBias) = (.leastError, true)
    options.precisions.exceptions = [PrecisionRequests.Exception("massive_out", .int16)]
    let named = try Nets.quantized(graph, Nets.samples(graph, 24, seed: 50), options)
    #expect(named.plan.activations == result.plan.activations && named.plan.precisions == result.plan.precisions)
  }

  @Test func accuracyIsALimitToo() throws {
    let graph = try Self.outlierNet(seed: 2)
    let samples = Nets.samples(graph, 60, seed: 52).samples
    let float = try Nets.session(graph, nil)
    // The float net is always right, so that every change of mind counts.
    let labels = try samples.map { sample in
      let scores = try float.run(sample)[0]
      return scores.indices.max { scores[$0] < scores[$1] } ?? 0
    }
    let result = try Self.quantized(graph, Self.top1(4, labels, samples))
    let report = try #require(result.report.promotion)
    #expect(report.promotions.map(\.layer) == ["massive"] && report.judgedSamples == 60, "\(report)")
    let promoted = try Nets.session(result.graph, result.plan)
    let hits = try zip(samples, labels).count { sample, label in
      let scores = try promoted.run(sample)[0]
      return scores.indices.max { scores[$0] < scores[$1] } == label
    }
    #expect(hits >= 57 && report.after == "\((Double(60 - hits) / 60 * 10_000).rounded() / 100) points", "\(hits): \(report)")
    #expect(throws: DiagnosticError.self) { try Self.quantized(graph, Self.top1(1, [0, 1], samples)) }
    #expect(throws: DiagnosticError.self) { try Self.quantized(graph, Self.top1(1, Array(repeating: 6, count: 60), samples)) }
  }

  private static func top1(_ points: Double, _ labels: [Int], _ samples: [[[Float]]]) -> QualityLimit {
    QualityLimit(.drop(points, of: .top(1), labels: MetricLabels(values: labels.map(Float.init), source: "labels")), samples: samples)
  }

  /// What the outputs should be, here what float gives and a little more: float's error is 0.01, int8 with outliers is far off.
  @Test func errorsAreALimitInTheirOwnUnit() throws {
    let graph = try Self.outlierNet(seed: 2)
    let samples = Nets.samples(graph, 40, seed: 53).samples
    let float = try Nets.session(graph, nil)
    let wanted = MetricLabels(values: try samples.flatMap { try float.run($0)[0].map { $0 + 0.01 } }, source: "labels")
    func error(_ result: QuantizationResult) throws -> Double {
      let session = try Nets.session(result.graph, result.plan)
      var sum = 0.0
      for (index, sample) in samples.enumerated() {
        for (output, value) in try session.run(sample)[0].enumerated() { sum += Double((value - wanted.values[index * 6 + output]).magnitude) }
      }
      return sum / Double(samples.count * 6)
    }
    let before = try error(try Self.quantized(graph, nil))
    let limit = QualityLimit(.drop(before / 4, of: .meanAbsoluteError, labels: wanted), samples: samples)
    let result = try Self.quantized(graph, limit)
    let report = try #require(result.report.promotion)
    let after = try error(result)
    #expect(after - 0.01 <= before / 4 + 1e-5 && after > 0.01, "\(before) to \(after)")
    #expect(report.promotions.map(\.layer).contains("massive") && report.limit.contains("mean-absolute-error"), "\(report)")
    #expect(abs(try #require(Double(report.after)) - (after - 0.01)) < 1e-4, "\(report.after): \(after)")
  }

  /// Nothing but the float net to agree with; its own area under the curve is another limit.
  @Test func agreementNeedsNoLabelsAndAUCTwo() throws {
    let graph = try Self.outlierNet(seed: 2)
    let samples = Nets.samples(graph, 60, seed: 52).samples
    let result = try Self.quantized(graph, QualityLimit(.drop(4, of: .agreement, labels: nil), samples: samples))
    let report = try #require(result.report.promotion)
    #expect(report.promotions.map(\.layer) == ["massive"] && report.limit == "agreement drop of at most 4.0 points", "\(report)")
    for metric in [Metric.auc, .top(2), .reconstructionAUC] {
      let error = try #require(throws: DiagnosticError.self) { try Self.quantized(graph, QualityLimit(.drop(1, of: metric, labels: nil), samples: samples)) }
      #expect(["bad-metric", "bad-labels"].contains(error.diagnostics[0].code), "\(error)")
    }
    let undefined = try #require(throws: DiagnosticError.self) { try Self.quantized(graph, QualityLimit(.drop(1, of: .sqnr, labels: nil), samples: samples)) }
    #expect(undefined.diagnostics[0].code == "bad-metric" && undefined.diagnostics[0].message.contains("undefined"))
  }

  @Test func aLimitThatHoldsPromotesNothing() throws {
    let graph = try Nets.perceptron(seed: 3)
    let result = try Self.quantized(graph, QualityLimit(.signalToNoise(decibels: 20)))
    #expect(try #require(result.report.promotion).promotions.isEmpty && result.plan.precisions.isEmpty)
  }

  @Test func aLimitBeyondAllReachSaysHowFarItGets() throws {
    let graph = try Nets.perceptron(seed: 3)
    let error = try #require(throws: DiagnosticError.self) { try Self.quantized(graph, QualityLimit(.signalToNoise(decibels: 300))) }
    #expect(error.diagnostics.map(\.code) == ["limit-not-held"])
    #expect(error.diagnostics[0].message.contains("300.0 dB") && error.diagnostics[0].message.contains("in int16"))
  }

  /// Weights are the noise where activations have 16 bits: then layers go to float.
  @Test func layersGoToFloatWhereInt16IsNotEnough() throws {
    let graph = try Nets.perceptron(seed: 4)
    let result = try Self.quantized(graph, QualityLimit(.signalToNoise(decibels: 50)))
    let report = try #require(result.report.promotion)
    #expect(report.promotions.contains { $0.precision == "float" && $0.tensor == nil }, "\(report)")
    #expect(try #require(result.report.outputSQNRDecibels) >= 50)
    #expect(result.report.layers.contains { $0.reason == "float, to hold the limit" })
  }

  /// From int16 for the whole net only floats are left; where even those are no help, that is said too.
  @Test func limitsHoldOnTopOfInt16() throws {
    let graph = try Nets.perceptron(seed: 4)
    var options = Nets.int8Throughout
    options.precisions.base = .int16
    options.limit = QualityLimit(.signalToNoise(decibels: 60))
    let result = try Nets.quantized(graph, Nets.samples(graph, 24, seed: 50), options)
    let report = try #require(result.report.promotion)
    #expect(!report.promotions.isEmpty && report.promotions.allSatisfy { $0.precision == "float" }, "\(report)")
    options.precisions.exceptions = [PrecisionRequests.Exception("*", .int8)]
    #expect(throws: DiagnosticError.self) { try Nets.quantized(graph, Nets.samples(graph, 24, seed: 50), options) }
  }

  /// What the caller fixed stays.
  @Test func namedLayersKeepTheirPrecision() throws {
    let graph = try Self.outlierNet(seed: 1)
    var options = Nets.int8Throughout
    (options.rangeMethod, options.correctsBias, options.limit) = (.leastError, true, QualityLimit(.signalToNoise(decibels: 28)))
    options.precisions.exceptions = [PrecisionRequests.Exception("massive", .int8)]
    let error = try #require(throws: DiagnosticError.self) { try Nets.quantized(graph, Nets.samples(graph, 24, seed: 50), options) }
    #expect(error.diagnostics[0].code == "limit-not-held")
  }
}
