import CKernels
import CTestSupport
import Swiftlet
import Testing
import _TestSupport

@Suite struct SessionTests {
  private let sample = SampleModel()
  private func model() throws -> Model { try Model(bytes: sample.builder.build()) }

  @Test func normalizesPermutesQuantizesAndRuns() throws {
    let session = try Session(model())
    let output = try session.run([SampleModel.image])
    let expected = sample.expected(SampleModel.image, memory: SampleModel.initialMemory.map(Int.init))
    #expect(output == [expected.map { Float($0) * SampleModel.outputScale }])
    #expect(try session.rawOutput(0).map(Int.init) == expected)
    #expect(Set(expected).count > 2, "the sample must not be constant")
  }

  @Test func rawInputIsInTheCallersOrderAndInt8() throws {
    let session = try Session(model())
    let nhwc = sample.quantize(SampleModel.image)
    let nchw = (0..<2).flatMap { c in (0..<9).map { p in Int8(nhwc[p * 2 + c]) } }
    try session.setInput(0, raw: nchw.span.bytes)
    try session.run()
    #expect(try session.rawOutput(0).map(Int.init) == sample.expected(SampleModel.image, memory: SampleModel.initialMemory.map(Int.init)))
  }

  @Test func stateFollowsItsOutputUntilReset() throws {
    let session = try Session(model())
    let first = sample.expected(SampleModel.image, memory: SampleModel.initialMemory.map(Int.init))
    let second = sample.expected(SampleModel.image, memory: first)
    #expect(first != second)
    _ = try session.run([SampleModel.image])
    _ = try session.run([SampleModel.image])
    #expect(try session.rawOutput(0).map(Int.init) == second)
    session.reset()
    _ = try session.run([SampleModel.image])
    #expect(try session.rawOutput(0).map(Int.init) == first)
  }

  @Test func everyProgramRunsInItsOwnArena() throws {
    let model = try model()
    #expect(model.programs.map(\.name) == ["main", "negate"])
    #expect(model.programs.map(\.arenaBytes) == [192, 64])
    let main = try Session(model)
    let negate = try Session(model, program: 1)
    #expect(negate.inputs.map(\.name) == ["x"])
    let y = try negate.run([[0.1, -0.2, 0.3, 20, -20]])[0]
    #expect(zip(y, [-0.1, 0.2, -0.3, -12.7, 12.7] as [Float]).allSatisfy { abs($0 - $1) < 1e-5 })
    _ = try main.run([SampleModel.image])
    #expect(throws: RunError.self) { try Session(model, program: 2) }
    #expect(throws: RunError.self) { try Session(model, program: -1) }
  }

  @Test func observersSeeEveryInstructionWhileItsOutputIsLive() throws {
    let model = try model()
    let session = try Session(model)
    let image = SampleModel.image
    try session.setInput(0, image.span)
    var seen: [Int] = []
    var negated: [Float] = []
    try session.run { instruction, session throws(RunError) in
      seen.append(instruction)
      if instruction == 0 { negated = try session.tensorFloats(model.instructions[0].outputs[0]) }
    }
    #expect(seen == [0, 1, 2])
    let expected = sample.quantize(SampleModel.image).map { Float(min(max(-$0, -128), 127) + 3) * SampleModel.imageScale }
    #expect(zip(negated, expected).allSatisfy { abs($0 - $1) < 1e-6 } && negated.count == 18)
    #expect(throws: RunError.self) { try session.tensorFloats(99) }
    #expect(throws: RunError.self) { try session.tensorFloats(-1) }
  }

  @Test func runAllocatesNothing() throws {
    let session = try Session(model())
    let image = SampleModel.image
    var floats = [Float](repeating: 0, count: 4)
    let raw = [Int8](repeating: 1, count: 18)
    try session.setInput(0, image.span)
    try session.run()
    allocations_start()
    for _ in 0..<100 {
      try session.setInput(0, image.span)
      try session.run()
      var span = floats.mutableSpan
      try session.output(0, into: &span)
      try session.setInput(0, raw: raw.span.bytes)
      try session.run()
      session.reset()
    }
    let count = allocations_stop()
    #expect(count == 0)
  }

  @Test(arguments: ISA.available) func runOfEveryInt8OperatorAllocatesNothing(isa: ISA) throws {
    let model = try Model(bytes: OperatorsModel().builder.build())
    let counted = Set((model.instructions + (try self.model()).instructions).map(\.operatorName))
    #expect(counted.count == Int(CK_OP_FILL.rawValue), "the two models hold every operator of int8 programs: \(counted)")
    let session = try Session(model, isa: isa)
    let image = (0..<144).map { Float($0 - 72) }
    try session.setInput(0, image.span)
    try session.run()
    allocations_start()
    for _ in 0..<20 {
      try session.setInput(0, image.span)
      try session.run()
    }
    let count = allocations_stop()
    #expect(count == 0)
  }

  @Test func theCounterCounts() {
    allocations_start()
    let array = [Int](unsafeUninitializedCapacity: 1000) { _, count in count = 1000 }
    let pointer = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 64)
    let count = allocations_stop()
    pointer.deallocate()
    #expect(array.count == 1000)
    #expect(count >= 2)
  }

  @Test func roundsHalvesToEven() throws {
    var builder = SwlBuilder()
    let tensor = builder.tensor("t", [6], at: 0, scale: 2, zeroPoint: 1)
    builder.program(
      "copy", arena: 64,
      bindings: [
        builder.binding(CK_BINDING_INPUT, "in", tensor: tensor, dims: [6]),
        builder.binding(CK_BINDING_OUTPUT, "out", tensor: tensor, dims: [6]),
      ])
    let session = try Session(Model(bytes: builder.build()))
    _ = try session.run([[1, 3, 5, -1, -3, -5]])
    #expect(try session.rawOutput(0) == [1, 3, 3, 1, -1, -1])
  }

  @Test func clampsInfinities() throws {
    let session = try Session(model(), program: 1)
    let y = try session.run([[.infinity, -.infinity, 0, 1e30, -1e-30]])[0]
    #expect(y.map { Int(($0 * 10).rounded()) } == [-127, 127, 0, -127, 0])
  }

  @Test func everyTypeOfInputRoundTrips() throws {
    let cases: [(ck_dtype, Float, Int, [Float])] = [
      (CK_DTYPE_F32, 0, 0, [1.5, -2.25, 3e30]), (CK_DTYPE_S32, 0, 0, [7, -70000, 16_777_216]),
      (CK_DTYPE_S64, 0, 0, [7, -9, 1_099_511_627_776]),
      (CK_DTYPE_BOOL, 0, 0, [0, 1, 1]), (CK_DTYPE_U8, 0, 0, [0, 128, 255]), (CK_DTYPE_U8, 0.5, 128, [-64, 0, 63.5]),
      (CK_DTYPE_S16, 0, 0, [-32768, 5, 32767]), (CK_DTYPE_S16, 0.25, 100, [-100, 0.25, 200]), (CK_DTYPE_S8, 0, 0, [-128, 0, 127]),
    ]
    for (dtype, scale, zeroPoint, values) in cases {
      var builder = SwlBuilder()
      let tensor = builder.tensor("t", [3], at: 0, dtype: dtype, scale: scale, zeroPoint: zeroPoint)
      let bindings = [
        builder.binding(CK_BINDING_INPUT, "in", tensor: tensor, dims: [3]),
        builder.binding(CK_BINDING_OUTPUT, "out", tensor: tensor, dims: [3]),
      ]
      builder.program("copy", arena: 64, bindings: bindings)
      let session = try Session(Model(bytes: builder.build()))
      #expect(try session.run([values]) == [values], "dtype \(dtype.rawValue)")
    }
  }

  @Test func anyAxisOrderRoundTripsAndLiesAsDeclared() throws {
    var random = SeededRandom(seed: 11)
    for _ in 0..<200 {
      let rank = Int.random(in: 0...6, using: &random)
      let dims = (0..<rank).map { _ in Int.random(in: 1...4, using: &random) }
      let permutation = Array(0..<rank).shuffled(using: &random)
      let count = dims.reduce(1, *)
      var builder = SwlBuilder()
      let tensor = builder.tensor("t", permutation.map { dims[$0] }, at: 0, dtype: CK_DTYPE_F32)
      builder.program(
        "copy", arena: (4 * count + 63) / 64 * 64,
        bindings: [
          builder.binding(CK_BINDING_INPUT, "in", tensor: tensor, dims: dims, permutation: permutation),
          builder.binding(CK_BINDING_OUTPUT, "out", tensor: tensor, dims: dims, permutation: permutation),
        ])
      let session = try Session(Model(bytes: builder.build()))
      let values = (0..<count).map(Float.init)
      let output = try session.run([values])
      #expect(output == [values], "dims \(dims) permutation \(permutation)")
      let arena = try session.tensorFloats(0)
      var index = [Int](repeating: 0, count: rank)
      for place in 0..<count {
        var offset = 0
        for axis in 0..<rank { offset = offset * dims[axis] + (permutation.firstIndex(of: axis).map { index[$0] } ?? 0) }
        #expect(arena[place] == Float(offset), "dims \(dims) permutation \(permutation)")
        for position in (0..<rank).reversed() {
          index[position] += 1
          if index[position] < dims[permutation[position]] { break }
          index[position] = 0
        }
      }
    }
  }

  @Test func normalizationFollowsAnyChannelAxis() throws {
    for (dims, axis, permutation) in [
      ([2, 3, 4], 0, [0, 1, 2]), ([2, 3, 4], 1, [0, 2, 1]), ([2, 3, 4], 2, [0, 1, 2]), ([2, 3, 4], 2, [2, 0, 1]),
      ([2, 3, 4, 5], 1, [0, 2, 3, 1]),
    ] {
      var builder = SwlBuilder()
      let channels = dims[axis]
      let constant = builder.constant((0..<channels).map { Float($0) } + (0..<channels).map { 1 / Float($0 + 1) })
      let tensor = builder.tensor("t", permutation.map { dims[$0] }, at: 0, dtype: CK_DTYPE_F32)
      var input = builder.binding(CK_BINDING_INPUT, "in", tensor: tensor, dims: dims, permutation: permutation)
      (input.channel_axis, input.channel_count, input.normalization) = (UInt8(axis), UInt32(channels), constant.offset)
      let output = builder.binding(CK_BINDING_OUTPUT, "out", tensor: tensor, dims: dims, permutation: permutation)
      let count = dims.reduce(1, *)
      builder.program("copy", arena: (4 * count + 63) / 64 * 64, bindings: [input, output])
      let inner = dims[(axis + 1)...].reduce(1, *)
      let values = (0..<count).map { Float($0) * 0.5 }
      let expected = values.enumerated().map { index, x in
        let c = index / inner % channels
        return (x - Float(c)) * (1 / Float(c + 1))
      }
      #expect(try Session(Model(bytes: builder.build())).run([values]) == [expected], "dims \(dims) axis \(axis)")
    }
  }
}
