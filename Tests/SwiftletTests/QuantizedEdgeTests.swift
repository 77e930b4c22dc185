import CKernels
import Swiftlet
import Testing
import _TestSupport

/// Floats of the caller to a quantized tensor and back, against one element at a time in plain Swift, on every instruction set.
@Suite struct QuantizedEdgeTests {
  private struct Edge {
    var dims: [Int]
    var permutation: [Int]
    var dtype: ck_dtype
    var scale: Float
    var zeroPoint: Int
    /// A pair for every channel of `channelAxis`, one for all, or none.
    var normalization: [(mean: Float, inverse: Float)]
    var channelAxis: Int

    init(seed: UInt64) {
      var random = SeededRandom(seed: seed)
      let rank = Int.random(in: 0...4, using: &random)
      dims = (0..<rank).map { _ in Int.random(in: 1...(Bool.random(using: &random) ? 4 : 40), using: &random) }
      while dims.reduce(1, *) > 20_000 { dims = dims.map { max(1, $0 / 2) } }
      permutation = Array(0..<rank)
      if seed % 2 == 0 { permutation.shuffle(using: &random) }
      dtype = seed % 3 == 0 ? CK_DTYPE_U8 : CK_DTYPE_S8
      scale = Float.random(in: 0.01...2, using: &random)
      zeroPoint = Int.random(in: dtype == CK_DTYPE_U8 ? 0...255 : -128...127, using: &random)
      channelAxis = rank > 0 ? Int.random(in: 0..<rank, using: &random) : 0
      let pairs = [0, 1, rank > 0 ? dims[channelAxis] : 1].randomElement(using: &random) ?? 0
      normalization = (0..<pairs).map { _ in (Float.random(in: -9...9, using: &random), Float.random(in: 0.1...3, using: &random)) }
      if normalization.count <= 1 { channelAxis = 0 }
    }

    var count: Int { dims.reduce(1, *) }
    var least: Int { dtype == CK_DTYPE_U8 ? 0 : -128 }

    func model() throws -> Model {
      var builder = SwlBuilder()
      let tensor = builder.tensor("t", permutation.map { dims[$0] }, at: 0, dtype: dtype, scale: scale, zeroPoint: zeroPoint)
      var input = builder.binding(CK_BINDING_INPUT, "in", tensor: tensor, dims: dims, permutation: permutation)
      if !normalization.isEmpty {
        input.normalization = builder.constant(normalization.map(\.mean) + normalization.map(\.inverse)).offset
        (input.channel_axis, input.channel_count) = (UInt8(channelAxis), UInt32(normalization.count))
      }
      let output = builder.binding(CK_BINDING_OUTPUT, "out", tensor: tensor, dims: dims, permutation: permutation)
      builder.program("copy", arena: (count + 63) / 64 * 64, bindings: [input, output])
      return try Model(bytes: builder.build())
    }

    /// The stored value of element `index`, as the format states it.
    func encode(_ x: Float, at index: Int) -> Int {
      var x = x
      if !normalization.isEmpty {
        let inner = normalization.count > 1 ? dims[(channelAxis + 1)...].reduce(1, *) : 1
        let pair = normalization[index / inner % normalization.count]
        x = (x - pair.mean) * pair.inverse
      }
      let v = x * (1 / scale)
      guard abs(v) < 1000 else { return v < 0 ? least : least + 255 }
      return min(max(Int(v.rounded(.toNearestOrEven)) + zeroPoint, least), least + 255)
    }
    func decode(_ q: Int) -> Float { Float(q - zeroPoint) * scale }
  }

  @Test(arguments: ISA.available) func everyElementIsAsComputedAlone(isa: ISA) throws {
    for seed in 0..<200 as Range<UInt64> {
      let edge = Edge(seed: seed)
      var random = SeededRandom(seed: seed + 1000)
      let session = try Session(edge.model(), isa: isa)
      let special: [Float] = [.infinity, -.infinity, 0, -0.0, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
      // Multiples of half a step too: ties go to the even value.
      let values = (0..<edge.count).map { _ -> Float in
        switch Int.random(in: 0..<8, using: &random) {
        case 0: special.randomElement(using: &random) ?? 0
        case 1, 2: edge.scale * 0.5 * Float(Int.random(in: -600...600, using: &random))
        default: Float.random(in: -300...300, using: &random) * edge.scale
        }
      }
      let expected = values.enumerated().map { edge.encode($1, at: $0) }
      #expect(try session.run([values]) == [expected.map(edge.decode)], "seed \(seed), \(edge)")
      let raw = try session.rawOutput(0).map { edge.dtype == CK_DTYPE_U8 ? Int(UInt8(bitPattern: $0)) : Int($0) }
      #expect(raw == expected, "seed \(seed), \(edge)")
    }
  }

  @Test(arguments: ISA.available) func notANumberIsRefusedWhereverItStands(isa: ISA) throws {
    for seed in 0..<60 as Range<UInt64> {
      let edge = Edge(seed: seed)
      let session = try Session(edge.model(), isa: isa)
      var random = SeededRandom(seed: seed)
      let place = Int.random(in: 0..<edge.count, using: &random)
      var values = [Float](repeating: 1, count: edge.count)
      values[place] = .nan
      let error = #expect(throws: RunError.self) { try session.setInput(0, values.span) }
      #expect(error?.have == UInt64(place), "seed \(seed)")
      #expect(throws: RunError.self, "the input counts as not set") { try session.run() }
    }
  }
}
