import Foundation
import ModelGraph
import ModelImport
import SystemPackage
import Testing

/// Weights in every encoding, and what is refused.
@Suite struct ONNXTensorTests {
  static func constant(_ tensor: ONNXTensorProto) throws -> Tensor? {
    try constant(of: model(tensor).imported())
  }

  static func model(_ tensor: ONNXTensorProto) -> ONNXModelBuilder {
    var builder = ONNXModelBuilder()
    var tensor = tensor
    tensor.name = "w"
    builder.input("x", [1])
    builder.model.graph.initializer = [tensor]
    builder.node("Concat", ["w", "w"], ["y"], ["axis": .int(0)])
    builder.output("y")
    return builder
  }

  static func constant(of graph: Graph) -> Tensor? { graph.values.first { $0.name == "w" }?.constant }

  static func tensor(_ type: ONNXTensorProto.DataType, _ dims: [Int64], _ fill: (inout ONNXTensorProto) -> Void) -> ONNXTensorProto {
    var tensor = ONNXTensorProto()
    tensor.dataType = Int32(type.rawValue)
    tensor.dims = dims
    fill(&tensor)
    return tensor
  }

  static func raw<T>(_ values: [T]) -> Data { values.withUnsafeBytes { Data($0) } }

  @Test func floatsInEveryEncoding() throws {
    let expected = Tensor(shape: [2], floats: [1.5, -2])
    let halves: [Float16] = [1.5, -2]
    let encodings: [ONNXTensorProto] = [
      Self.tensor(.float, [2]) { $0.floatData = [1.5, -2] }, Self.tensor(.float, [2]) { $0.rawData = Self.raw([Float(1.5), -2]) },
      Self.tensor(.double, [2]) { $0.doubleData = [1.5, -2] }, Self.tensor(.double, [2]) { $0.rawData = Self.raw([1.5, -2]) },
      Self.tensor(.float16, [2]) { $0.rawData = Self.raw(halves) },
      Self.tensor(.float16, [2]) { $0.int32Data = halves.map { Int32($0.bitPattern) } },
      Self.tensor(.bfloat16, [2]) { $0.rawData = Self.raw([UInt16(0x3fc0), 0xc000]) },
      Self.tensor(.bfloat16, [2]) { $0.int32Data = [0x3fc0, 0xc000] },
    ]
    for encoding in encodings { #expect(try Self.constant(encoding) == expected) }
  }

  @Test func integersInEveryEncoding() throws {
    func expect(_ type: ElementType, _ tensor: ONNXTensorProto, _ values: [Int64] = [1, -2]) throws {
      #expect(try Self.constant(tensor) == Tensor(shape: [2], integers: values, elementType: type), "\(type)")
    }
    try expect(.int64, Self.tensor(.int64, [2]) { $0.int64Data = [1, -2] })
    try expect(.int64, Self.tensor(.int64, [2]) { $0.rawData = Self.raw([Int64(1), -2]) })
    try expect(.int32, Self.tensor(.int32, [2]) { $0.int32Data = [1, -2] })
    try expect(.int32, Self.tensor(.int32, [2]) { $0.rawData = Self.raw([Int32(1), -2]) })
    try expect(.int16, Self.tensor(.int16, [2]) { $0.rawData = Self.raw([Int16(1), -2]) })
    try expect(.int8, Self.tensor(.int8, [2]) { $0.rawData = Self.raw([Int8(1), -2]) })
    try expect(.uint8, Self.tensor(.uint8, [2]) { $0.rawData = Data([1, 254]) }, [1, 254])
    try expect(.int64, Self.tensor(.uint32, [2]) { $0.uint64Data = [1, 4_000_000_000] }, [1, 4_000_000_000])
    try expect(.bool, Self.tensor(.bool, [2]) { $0.rawData = Data([0, 1]) }, [0, 1])
  }

  @Test func dataThatDoNotMatchTheirDimensionsAreRefused() throws {
    let bad: [ONNXTensorProto] = [
      Self.tensor(.float, [3]) { $0.floatData = [1, 2] }, Self.tensor(.float, [2]) { $0.rawData = Data(repeating: 0, count: 7) },
      Self.tensor(.float, [-1]) { $0.floatData = [1] }, Self.tensor(.float, [1 << 40, 1 << 40]) { $0.floatData = [1] },
      Self.tensor(.float, [1 << 30]) { $0.floatData = [1] }, Self.tensor(.int64, [2]) { $0.int32Data = [1, 2] },
      Self.tensor(.float, [Int64.max, 2, 0]) { _ in },
    ]
    for tensor in bad { #expect(try Self.model(tensor).diagnostics().map(\.code) == ["bad-tensor"], "\(tensor.dims)") }
  }

  @Test func notANumberAndForeignTypesAreRefused() throws {
    #expect(try Self.model(Self.tensor(.float, [1]) { $0.floatData = [.nan] }).diagnostics().map(\.code) == ["not-a-number"])
    #expect(try Self.model(Self.tensor(.string, [1]) { _ in }).diagnostics().map(\.code) == ["unsupported-type"])
    #expect(try Self.model(Self.tensor(.int4, [1]) { _ in }).diagnostics().map(\.code) == ["unsupported-type"])
    var unknown = Self.tensor(.float, [1]) { _ in }
    unknown.dataType = 99
    #expect(try Self.model(unknown).diagnostics().map(\.code) == ["unsupported-type"])
  }

  @Test func infiniteWeightsAreRefusedAndInfiniteBoundsAreNot() throws {
    var builder = ONNXModelBuilder()
    builder.input("x", [1, 1])
    builder.floats("w", [1, 1], [.infinity])
    builder.node("MatMul", ["x", "w"], ["y"])
    builder.output("y")
    #expect(try builder.diagnostics().map(\.code) == ["not-a-number"])
    #expect(try runONNX("Clip", x: [2], [-1, 1], floats: [("lo", [], [0]), ("hi", [], [.infinity])]).values == [0, 1])
  }

  // MARK: External data

  /// A folder with `model.onnx` whose weight lies in `location`; `body` may add files.
  func withExternal(
    _ entries: [String: String], _ body: (URL) throws -> Void, check: (URL) throws -> Void
  ) throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "onnx-external-\(UUID().uuidString)")
    let folder = root.appending(path: "model")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    let tensor = Self.tensor(.float, [2]) { tensor in
      tensor.dataLocation = .external
      tensor.externalData = entries.map { key, value in
        var entry = ONNXStringStringEntryProto()
        (entry.key, entry.value) = (key, value)
        return entry
      }
    }
    try Data(try Self.model(tensor).bytes()).write(to: folder.appending(path: "model.onnx"))
    try body(folder)
    try check(folder.appending(path: "model.onnx"))
  }

  @Test func externalDataAreReadFromOffset() throws {
    try withExternal(["location": "data/w.bin", "offset": "4", "length": "8"]) { folder in
      try FileManager.default.createDirectory(at: folder.appending(path: "data"), withIntermediateDirectories: true)
      try Self.raw([Float(9), 1.5, -2]).write(to: folder.appending(path: "data/w.bin"))
    } check: { model in
      let graph = try importModel(at: .init(model.path), options: ImportOptions())
      #expect(Self.constant(of: graph) == Tensor(shape: [2], floats: [1.5, -2]))
    }
  }

  @Test(arguments: [
    ["location": "../secret.bin"], ["location": "/etc/hostname"], ["location": "link.bin"], ["location": "linked/secret.bin"], ["location": "hard.bin"],
    ["location": "missing.bin"],
    ["location": "a/../../secret.bin"], ["location": ""], [:], ["location": "short.bin", "offset": "4"],
    ["location": "short.bin", "length": "4"],
    ["location": "short.bin", "offset": "-1"], ["location": "short.bin", "offset": "9223372036854775807"],
    ["location": "short.bin", "offset": "x"],
    ["location": "."],
  ])
  func externalDataElsewhereAreRefused(entries: [String: String]) throws {
    try withExternal(entries) { folder in
      let secret = folder.deletingLastPathComponent().appending(path: "secret.bin")
      try Self.raw([Float(1), 2]).write(to: secret)
      try FileManager.default.createSymbolicLink(at: folder.appending(path: "link.bin"), withDestinationURL: secret)
      try FileManager.default.linkItem(at: secret, to: folder.appending(path: "hard.bin"))
      try FileManager.default.createSymbolicLink(
        at: folder.appending(path: "linked"), withDestinationURL: folder.deletingLastPathComponent())
      try Self.raw([Float(1), 2]).write(to: folder.appending(path: "short.bin"))
    } check: { model in
      let error = #expect(throws: DiagnosticError.self) { try importModel(at: .init(model.path), options: ImportOptions()) }
      #expect(error?.diagnostics.map(\.code) == ["bad-external-data"], "\(entries)")
    }
  }
}
