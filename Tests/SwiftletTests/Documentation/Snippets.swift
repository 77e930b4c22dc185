import Foundation
import Swiftlet

/// The code of the articles in Sources/Swiftlet/Swiftlet.docc, letter for letter; ArticleTests compares them and runs it.
enum Snippets {
  static func landingPage(path: String, image: [Float]) throws -> [Float] {
    let model = try Model(contentsOfFile: path)
    let session = try Session(model)
    let scores = try session.run([image])[0]
    return scores
  }

  static func describe(path: String, print: (String) -> Void) throws {
    let model = try Model(contentsOfFile: path)
    for input in model.inputs { print("input \(input.name) \(input.shape)") }
    for output in model.outputs { print("output \(output.name) \(output.shape)") }
    print("\(model.programs[0].arenaBytes) bytes of arena, \(model.weightsBytes) bytes of weights")
  }

  static func classify(path: String, image: [Float]) throws -> (scores: [Float], best: Int?) {
    let model = try Model(contentsOfFile: path)
    let session = try Session(model)
    let scores = try session.run([image])[0]
    let best = scores.indices.max { scores[$0] < scores[$1] }
    return (scores, best)
  }

  static func runInPlace(_ session: Session, frames: [[Float]], handle: ([Float]) -> Void) throws {
    var scores = [Float](repeating: 0, count: session.outputs[0].elementCount)
    for frame in frames {
      try session.setInput(0, frame.span)
      try session.run()
      var span = scores.mutableSpan
      try session.output(0, into: &span)
      handle(scores)
    }
  }

  static func dequantize(_ session: Session) throws -> [Float] {
    let output = session.outputs[0]
    let values = try session.rawOutput(0).map { Float(Int($0) - output.zeroPoint) * output.scale }
    return values
  }

  static func report(path: String, image: [Float], print: (String) -> Void) throws -> [[Float]] {
    do {
      let session = try Session(try Model(contentsOfFile: path))
      return try session.run([image])
    } catch let error as ModelError {
      print("no sound model: \(error)")
    } catch let error as RunError where error.code == .elementCount {
      print("\(error.need) values expected, \(error.have) given")
    }
    return []
  }

  static func compare(floatPath: String, int8Path: String, samples: [[Float]]) throws -> (agreements: Int, decibels: Double) {
    let float = try Session(Model(contentsOfFile: floatPath))
    let int8 = try Session(Model(contentsOfFile: int8Path))
    var agreements = 0
    var signal = 0.0
    var noise = 0.0
    for sample in samples {
      let a = try float.run([sample])[0]
      let b = try int8.run([sample])[0]
      if a.indices.max(by: { a[$0] < a[$1] }) == b.indices.max(by: { b[$0] < b[$1] }) { agreements += 1 }
      for (x, y) in zip(a, b) {
        signal += Double(x * x)
        noise += Double((x - y) * (x - y))
      }
    }
    let decibels = 10 * log10(signal / noise)
    return (agreements, decibels)
  }

  static func listFloatIslands(path: String, print: (String) -> Void) throws {
    let model = try Model(contentsOfFile: path)
    for instruction in model.instructions where instruction.precision == .float32 {
      print("float32: \(instruction.operatorName) '\(instruction.name)'")
    }
  }

  static func runOnEveryInstructionSet(_ model: Model, image: [Float]) throws -> Bool {
    let reference = try Session(model, isa: .scalar)
    _ = try reference.run([image])
    let agree = try ISA.available.allSatisfy { isa in
      let session = try Session(model, isa: isa)
      _ = try session.run([image])
      return try session.rawOutput(0) == reference.rawOutput(0)
    }
    return agree
  }
}
