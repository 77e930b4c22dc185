import ModelGraph
import ModelImport
import Testing

@Suite struct TFLiteDetectionTests {
  /// A FlexBuffers map of 4-byte values: names behind each other, then offsets to them, then values and their types.
  static func flexMap(_ options: [(key: String, value: FlexValue)]) -> [UInt8] {
    let sorted = options.sorted { $0.key < $1.key }
    var bytes: [UInt8] = []
    var places: [Int] = []
    for (key, _) in sorted {
      places.append(bytes.count)
      bytes += Array(key.utf8) + [0]
    }
    while bytes.count % 4 != 0 { bytes.append(0) }
    bytes += littleEndian(UInt32(sorted.count))
    let keys = bytes.count
    for (index, place) in places.enumerated() { bytes += littleEndian(UInt32(keys + 4 * index - place)) }
    bytes += littleEndian(UInt32(bytes.count - keys)) + littleEndian(UInt32(4)) + littleEndian(UInt32(sorted.count))
    let start = bytes.count
    for (_, value) in sorted {
      switch value {
      case .int(let value): bytes += littleEndian(Int32(value))
      case .float(let value): bytes += littleEndian(value.bitPattern)
      case .bool(let value): bytes += littleEndian(UInt32(value ? 1 : 0))
      }
    }
    bytes += sorted.map { option in
      switch option.value {
      case .int: 1 << 2 | 2
      case .float: 3 << 2 | 2
      case .bool: 26 << 2 | 2
      }
    }
    // The root: an offset to the values, its type, its width.
    return bytes + [UInt8(bytes.count - start), 9 << 2 | 2, 1]
  }

  enum FlexValue { case int(Int), float(Float), bool(Bool) }

  static let options: [(key: String, value: FlexValue)] = [
    ("max_detections", .int(5)), ("max_classes_per_detection", .int(2)), ("detections_per_class", .int(7)), ("use_regular_nms", .bool(true)),
    ("nms_score_threshold", .float(0.25)), ("nms_iou_threshold", .float(0.5)), ("num_classes", .int(3)), ("y_scale", .float(10)),
    ("x_scale", .float(8)), ("h_scale", .float(5)), ("w_scale", .int(4)),
  ]

  private func file(_ options: [UInt8]?, encodings: [Int] = [1, 6, 4], columns: Int = 4, name: String = "TFLite_Detection_PostProcess") -> TFLiteFile {
    var file = TFLiteFile()
    let inputs = [file.input("encodings", encodings), file.input("scores", [1, 6, columns])]
    let anchors = file.constant("anchors", [6, 4], counting(24))
    let outputs = [file.output("boxes", []), file.output("classes", []), file.output("scores", []), file.output("count", [])]
    file.add(32, inputs + [anchors], outputs, custom: name, customOptions: options)
    return file
  }

  @Test func readsTheOptionsOfADetector() throws {
    let graph = try importTFLite(file(Self.flexMap(Self.options)).bytes, name: "test", options: ImportOptions())
    let expected = Detect(
      classes: 3, detections: 5, classesPerBox: 2, boxesPerClass: 7, isByClass: true, overlapThreshold: 0.5, scoreThreshold: 0.25,
      scales: [10, 8, 5, 4])
    #expect(graph.nodes.map { $0.op as? Detect } == [expected])
    #expect(graph.outputs.map(\.type.shape) == [[1, 10, 4], [1, 10], [1, 10], [1]])
    // The two that have defaults may be absent.
    let short = Self.options.filter { !["detections_per_class", "use_regular_nms"].contains($0.key) }
    let other = try importTFLite(file(Self.flexMap(short), columns: 3).bytes, name: "test", options: ImportOptions())
    let op = try #require(other.nodes.first?.op as? Detect)
    #expect(op.boxesPerClass == 100 && !op.isByClass)
  }

  @Test func refusesADetectorThatMakesNoSense() {
    func codes(_ file: TFLiteFile) -> [String] { diagnostics(of: file).map(\.code) }
    #expect(codes(file(nil)) == ["bad-node"])
    #expect(codes(file([])) == ["bad-shape"])
    #expect(codes(file(Self.flexMap([]))) == ["bad-node"])
    #expect(codes(file(Self.flexMap(Self.options), columns: 6)) == ["bad-shape"])
    #expect(codes(file(Self.flexMap(Self.options), encodings: [1, 5, 4])) == ["bad-shape"])
    #expect(codes(file(Self.flexMap(Self.options), name: "Other_PostProcess")) == ["unsupported-operator"])
    for (key, value) in [
      ("max_detections", FlexValue.int(0)), ("max_classes_per_detection", .int(-1)), ("nms_iou_threshold", .float(.nan)),
      ("y_scale", .float(0)), ("max_detections", .int(1 << 30)),
    ] {
      let changed = Self.options.map { $0.key == key ? (key: key, value: value) : $0 }
      #expect(codes(file(Self.flexMap(changed))) == ["bad-shape"], "\(key)")
    }
    let fraction = Self.options.map { $0.key == "num_classes" ? (key: $0.key, value: FlexValue.float(2.5)) : $0 }
    #expect(codes(file(Self.flexMap(fraction))) == ["bad-attribute"])
  }

  @Test func damagedOptionsAreRefusedOrRead() {
    let bytes = Self.flexMap(Self.options)
    for count in 0..<bytes.count { _ = diagnostics(of: file(Array(bytes[..<count]))) }
    for index in bytes.indices {
      for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF, bytes[index] &+ 1] {
        var changed = bytes
        changed[index] = value
        _ = diagnostics(of: file(changed))
      }
    }
  }

  private func suppression(_ code: Int, limit: Int = 3, scores: [Int] = [4], sigma: Float = 0.5) -> TFLiteFile {
    var file = TFLiteFile()
    let inputs = [file.input("boxes", [4, 4]), file.input("scores", scores)]
    var constants = [file.constant("limit", [limit], shape: []), file.constant("iou", [], [0.5]), file.constant("score", [], [0.25])]
    if code == 121 { constants.append(file.constant("sigma", [], [sigma])) }
    var outputs = [file.output("indices", [limit], type: 2)]
    if code == 121 { outputs.append(file.output("chosen", [limit])) }
    file.add(code, inputs + constants, outputs + [file.output("count", [], type: 2)])
    return file
  }

  @Test func importsBothFormsOfNonMaxSuppression() throws {
    for (code, sigma) in [(120, Float(0)), (121, 0.5)] {
      let graph = try importTFLite(suppression(code).bytes, name: "test", options: ImportOptions())
      let op = try #require(graph.nodes.last?.op as? NonMaxSuppression)
      let expected = NonMaxSuppression(
        limit: 3, rows: 3, givesTriples: false, fill: 0, overlapThreshold: 0.5, includesThreshold: true, scoreThreshold: 0.25, sigma: sigma,
        elementType: .int32)
      #expect(op == expected)
      #expect(graph.outputs.map(\.type.shape) == (code == 121 ? [[3], [3], []] : [[3], []]))
      #expect(graph.paddedRows.isEmpty, "the source format has these rows too")
    }
    let more = try importTFLite(suppression(120, limit: 9).bytes, name: "test", options: ImportOptions())
    #expect((more.nodes.last?.op as? NonMaxSuppression)?.limit == 4 && more.outputs[0].type.shape == [9])
    #expect(diagnostics(of: suppression(120, limit: 0)).map(\.code) == ["bad-attribute"])
    #expect(diagnostics(of: suppression(120, scores: [5])).map(\.code) == ["bad-shape"])
    #expect(diagnostics(of: suppression(121, sigma: .nan)).map(\.code) == ["bad-node"])
  }
}
