import Quantizer
import Swiftlet

/// What `compare` found.
struct Comparison {
  struct Side {
    var medianMicroseconds: Double
    /// The same with floats set before the run and read after it.
    var endToEndMicroseconds: Double
    var fileBytes: Int
    var arenaBytes: Int
  }

  /// One metric of both nets.
  struct Measured {
    var metric: Metric
    var float: MetricValue
    var int8: MetricValue
  }

  var samples: Int
  var float: Side
  var int8: Side
  /// What labels, or the caller's program, judge.
  var metrics: [Measured]
  /// How far int8 is from float: nil where undefined.
  var agreement: MetricValue?
  var cosine: MetricValue?
  var sqnr: MetricValue?
  var maxAbsError: Double

  var speedup: Double { float.medianMicroseconds / int8.medianMicroseconds }

  func measured(_ metric: Metric) -> Measured? { metrics.first { $0.metric == metric } }

  /// - Parameter reconstructs: makes of an input what a net that gives its input back would give.
  static func measure(
    float: Model, int8: Model, samples: Samples, metrics: [Metric], labels: MetricLabels?, program: MetricProgram?,
    reconstructs: ([Float]) -> [Float], progress: Progress
  ) throws -> Comparison {
    let (floatSession, int8Session) = (try makeSession(float), try makeSession(int8))
    let shape = float.outputs.first?.shape ?? []
    var meters: [(float: MetricMeter, int8: MetricMeter)] = []
    var distances: [MetricMeter] = []
    do {
      for metric in metrics {
        let meter = try MetricMeter(metric, outputShape: shape, samples: samples.count, labels: labels)
        meters.append((meter, meter))
      }
      for metric in [Metric.agreement, .cosine, .sqnr] {
        distances.append(try MetricMeter(metric, outputShape: shape, samples: samples.count, labels: nil))
      }
    } catch { throw Failure(error, path: samples.source) }
    var kept: [[[Float]]] = Array(repeating: float.outputs.map { _ in [] }, count: 2)
    var maxAbsError = 0.0
    for index in 0..<samples.count {
      let inputs = samples[index]
      let (expected, actual): ([[Float]], [[Float]])
      do {
        (expected, actual) = (try floatSession.run(inputs), try int8Session.run(inputs))
      } catch {
        throw Failure(error, context: "\(samples.source): sample \(index)")
      }
      let input = metrics.contains(.reconstructionAUC) ? reconstructs(inputs.first ?? []) : []
      do {
        for meter in meters.indices {
          try meters[meter].float.add(expected, input: input, float: expected)
          try meters[meter].int8.add(actual, input: input, float: expected)
        }
        for meter in distances.indices { try distances[meter].add(actual, input: input, float: expected) }
      } catch { throw Failure(error, path: samples.source) }
      for (a, b) in zip(expected, actual) {
        for (a, b) in zip(a, b) { maxAbsError = max(maxAbsError, (Double(a) - Double(b)).magnitude) }
      }
      if program != nil { for (net, outputs) in [expected, actual].enumerated() { for output in outputs.indices { kept[net][output] += outputs[output] } } }
      progress.update(index + 1, of: samples.count)
    }
    progress.finish()
    var measured = zip(metrics, meters).compactMap { metric, meters in
      zip(meters.float.value(), meters.int8.value()).map { Measured(metric: metric, float: $0, int8: $1) }
    }
    if let program {
      measured.insert(
        Measured(
          metric: .program, float: try program.score(kept[0], of: float, samples: samples.count, net: "float"),
          int8: try program.score(kept[1], of: int8, samples: samples.count, net: "int8")), at: 0)
    }
    let (sessions, integers) = ([floatSession, int8Session], [samples.integers(0), samples.integers(0)])
    let times = try Timing.measure(sessions, integers: integers).map(\.median)
    let wholeTimes = try Timing.measure(sessions, integers: integers, on: samples[0]).map(\.median)
    func side(_ model: Model, _ index: Int) -> Side {
      Side(
        medianMicroseconds: times[index], endToEndMicroseconds: wholeTimes[index], fileBytes: model.fileBytes,
        arenaBytes: model.programs[0].arenaBytes)
    }
    return Comparison(
      samples: samples.count, float: side(float, 0), int8: side(int8, 1), metrics: measured, agreement: distances[0].value(),
      cosine: distances[1].value(), sqnr: distances[2].value(), maxAbsError: maxAbsError)
  }
}

private func zip<A, B>(_ a: A?, _ b: B?) -> (A, B)? {
  guard let a, let b else { return nil }
  return (a, b)
}
