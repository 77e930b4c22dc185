import CKernels
import ModelCompiler
import ModelGraph
import Testing
import _TestSupport

/// Which copies disappear, and which must stay.
@Suite struct EliminateCopiesTests {
  private func opcodes(_ build: (inout NetBuilder, ValueID) throws -> ValueID) throws -> [UInt16] {
    var net = NetBuilder(seed: 5)
    let x = net.builder.addInput("x", TensorType(.float32, [1, 4, 8]))
    net.builder.addOutput("y", try build(&net, x))
    var program = try lower(net.builder.graph, options: CompilerOptions()).program
    program.eliminateCopies()
    return program.instructions.map(\.opcode)
  }

  private let copy = UInt16(CK_OP_COPY.rawValue)
  private let unary = UInt16(CK_OP_UNARY_F32.rawValue)

  @Test func producersWriteStraightIntoAConcatenation() throws {
    let found = try opcodes { net, x in
      let a = try net.add(Unary(.abs), x)
      let b = try net.add(Unary(.negate), x)
      return try net.add(Unary(.tanh), try net.add(Concat(axis: 1), a, b))
    }
    #expect(found == [unary, unary, unary])
  }

  @Test func anInterleavedConcatenationIsCopied() throws {
    let found = try opcodes { net, x in
      let a = try net.add(Unary(.abs), x)
      return try net.add(Concat(axis: 2), a, try net.add(Unary(.negate), x))
    }
    #expect(found == [unary, unary, copy, copy])
  }

  @Test func slicesAreViews() throws {
    let found = try opcodes { net, x in
      let a = try net.add(Slice(starts: [0, 0, 0], counts: [1, 2, 8], steps: [1, 1, 1]), x)
      let b = try net.add(Slice(starts: [0, 2, 0], counts: [1, 2, 8], steps: [1, 1, 1]), x)
      return try net.add(Binary(.add), a, b)
    }
    #expect(found == [UInt16(CK_OP_BINARY_F32.rawValue)])
  }

  @Test func anUnalignedSliceIsCopied() throws {
    let found = try opcodes { net, x in
      let flat = try net.add(Reshape(shape: [1, 32]), x)
      return try net.add(Unary(.abs), try net.add(Slice(starts: [0, 3], counts: [1, 8], steps: [1, 1]), flat))
    }
    #expect(found == [copy, unary])
  }

  @Test func theSameTensorTwiceIsCopiedAtLeastOnce() throws {
    let found = try opcodes { net, x in
      let a = try net.add(Unary(.abs), x)
      return try net.add(Unary(.tanh), try net.add(Concat(axis: 1), a, a))
    }
    #expect(found.filter { $0 == copy }.count == 1)
  }

  @Test func aPaddedCopyStays() throws {
    let found = try opcodes { net, x in
      try net.add(Pad(before: [0, 1, 0], after: [0, 0, 0]), try net.add(Unary(.abs), x))
    }
    #expect(found == [unary, UInt16(CK_OP_FILL.rawValue), copy])
  }

  @Test func reshapesCostNothing() throws {
    let found = try opcodes { net, x in
      try net.add(Unary(.abs), try net.add(Reshape(shape: [32]), try net.add(Unary(.tanh), x)))
    }
    #expect(found == [unary, unary])
  }
}
