import CKernels
import SwiftletCore
import Testing

/// One rule at a time: a sound file with one field changed and the digests redone, and the code that must answer.
@Suite struct ValidatorTests {
  private func code(_ builder: SwlBuilder) throws -> FormatError.Code? {
    let file = builder.build()
    return try Guarded.with(file.count) { memory -> FormatError.Code? in
      memory.copyBytes(from: file)
      do throws(FormatError) {
        _ = try ModelView.validated(inPlace: UnsafeRawBufferPointer(memory), operators: ck_default_table(), verifyingConstants: true)
        return nil
      } catch { return error.code }
    }
  }

  private typealias Change = (inout SwlBuilder) -> Void

  @Test func everyRuleHasItsCode() throws {
    let cases: [(String, FormatError.Code, Change)] = [
      ("string past the section", .string, { $0.tensors[0].name.bytes = 9999 }),
      ("string offset wraps", .string, { $0.tensors[0].name = ck_string(offset: .max, bytes: .max) }),
      ("section not UTF-8", .string, { $0.strings[0] = 0xFF }),
      ("reserved dtype", .tensorShape, { $0.tensors[0].dtype = 9 }),
      ("rank", .tensorShape, { $0.tensors[0].rank = 7 }),
      ("dim 0", .tensorShape, { $0.tensors[0].dims.0 = 0 }),
      ("dim past the rank", .tensorShape, { $0.tensors[0].dims.5 = 2 }),
      ("product overflows", .tensorBytes, { $0.tensors[1].dims = (.max, .max, .max, .max, 1, 1) }),
      ("bytes", .tensorBytes, { $0.tensors[1].bytes += 1 }),
      ("misaligned", .tensorPlace, { $0.tensors[1].offset += 1 }),
      ("outside the arena", .tensorPlace, { $0.tensors[1].offset = 192 }),
      ("offset wraps", .tensorPlace, { $0.tensors[1].offset = .max - 15 }),
      (
        "constant outside", .tensorPlace,
        {
          $0.tensors[2].storage = 1; $0.tensors[2].offset = 1 << 40
        }
      ),
      ("storage", .tensorPlace, { $0.tensors[2].storage = 2 }),
      ("scale not a number", .quantization, { $0.tensors[1].scale = .nan }),
      ("scale infinite", .quantization, { $0.tensors[1].scale = .infinity }),
      ("inverse infinite", .quantization, { $0.tensors[1].scale = .leastNonzeroMagnitude }),
      ("negative scale", .quantization, { $0.tensors[1].scale = -1 }),
      ("zero point", .quantization, { $0.tensors[1].zero_point = 128 }),
      ("plan", .program, { $0.programs[0].plan = 2 }),
      ("instructions past the end", .program, { $0.programs[1].instruction_count = .max }),
      ("shared instructions", .program, { $0.programs[1].first_instruction = 0 }),
      ("shared bindings", .program, { $0.programs[1].first_binding = 0 }),
      ("no such length input", .program, { $0.programs[0].length_input = 1 }),
      ("arena size", .program, { $0.programs[0].arena_bytes += 8 }),
      ("persistent past the arena", .program, { $0.programs[0].persistent_bytes = 256 }),
      ("no program", .program, { $0.programs = [] }),
      ("program reserved", .reserved, { $0.programs[0].reserved.11 = 1 }),
      ("binding kind", .binding, { $0.bindings[0].kind = 1 }),
      ("binding tensor", .binding, { $0.bindings[0].tensor = 99 }),
      ("binding elements", .binding, { $0.bindings[0].dims.1 = 3 }),
      ("permutation twice", .permutation, { $0.bindings[0].permutation.0 = 1 }),
      ("permutation past the rank", .permutation, { $0.bindings[0].permutation.4 = 0 }),
      ("permutation huge", .permutation, { $0.bindings[0].permutation.0 = 255 }),
      ("channel axis", .normalization, { $0.bindings[0].channel_axis = 2 }),
      ("channel axis past the rank", .normalization, { $0.bindings[0].channel_axis = 200 }),
      ("normalization outside", .normalization, { $0.bindings[0].normalization = 1 << 20 }),
      ("normalization of an output", .normalization, { $0.bindings[1].channel_count = 1 }),
      ("state outside the persistent bytes", .state, { $0.programs[0].persistent_bytes = 0 }),
      ("initial value outside", .state, { $0.bindings[2].initial_value = 1 << 30 }),
      ("linked output", .state, { $0.bindings[2].linked_output = 1 }),
      ("linked output of another scale", .state, { $0.tensors[0].scale = 0.2 }),
      ("linked output of an input", .state, { $0.bindings[0].linked_output = 0 }),
      ("flags", .instruction, { $0.instructions[0].flags = 64 }),
      ("flag of a residual", .operatorCheck, { $0.instructions[0].flags = 32 }),
      ("flag of operators on s16", .operatorCheck, { $0.instructions[0].flags = 16 }),
      ("flags of another opcode", .operatorCheck, { $0.instructions[0].flags = 8 }),
      ("no output", .instruction, { $0.instructions[0].output_count = 0 }),
      ("too many operands", .instruction, { $0.instructions[0].input_count = 255 }),
      ("too many constants", .instruction, { $0.instructions[0].constant_count = 5 }),
      ("opcode", .unknownOperator, { $0.instructions[0].opcode = 999 }),
      ("operand", .operand, { $0.instructions[0].operand.0 = 99 }),
      ("unused operand", .operand, { $0.instructions[0].operand.7 = 0 }),
      ("constant outside", .constant, { $0.instructions[0].constant.0.bytes = .max }),
      ("constant misaligned", .constant, { $0.instructions[0].constant.0.offset += 4 }),
      ("unused constant", .reserved, { $0.instructions[0].constant.3.bytes = 1 }),
      ("scratch outside", .scratch, { $0.instructions[0].scratch_bytes = 4096 }),
      (
        "scratch over an operand", .overlap,
        {
          $0.instructions[0].scratch_offset = 64; $0.instructions[0].scratch_bytes = 16
        }
      ),
      ("scratch over a state", .overlap, { $0.instructions[1].scratch_bytes = 16 }),
      ("parameters", .operatorCheck, { $0.instructions[0].parameters.0 = 17 }),
      ("after the parameters", .operatorCheck, { $0.instructions[0].parameters.127 = 1 }),
      ("output over an input, ahead", .overlap, { $0.tensors[2].offset = 80 }),
      ("output over a state", .overlap, { $0.tensors[2].offset = 0 }),
      ("input over a state", .overlap, { $0.tensors[1].offset = 0 }),
      ("input among the persistent bytes", .overlap, { $0.tensors[1].offset = 16 }),
      (
        "read before written", .unwritten,
        {
          $0.instructions[0].operand.0 = 2; $0.instructions[0].operand.1 = 1
        }
      ),
      (
        "output never written", .unwritten,
        {
          $0.bindings[1].tensor = 3; $0.tensors[3].offset = 144; $0.instructions[2].operand.0 = 4
        }
      ),
      (
        "overwritten", .overwritten,
        {
          $0.instructions[2].operand.1 = $0.instructions[2].operand.0; $0.bindings[1].tensor = 3; $0.tensors[4].scale = 0.3
        }
      ),
    ]
    #expect(try code(SampleModel().builder) == nil)
    for (name, expected, change) in cases {
      var builder = SampleModel().builder
      change(&builder)
      #expect(try code(builder) == expected, "\(name)")
    }
  }

  /// A concatenation written in parts, read through a reshape; then with one part missing.
  @Test func partsOfATensorAreWrittenOneByOne() throws {
    for missing in [false, true] {
      var builder = SwlBuilder()
      let x = builder.tensor("x", [16], at: 0)
      let parts = (0..<2).map { builder.tensor("part \($0)", [16], at: 64 + 16 * $0) }
      let whole = builder.tensor("whole", [2, 16], at: 64)
      let table = builder.constant((0..<256).map { Int8(truncatingIfNeeded: $0 - 128) })
      for part in parts.prefix(missing ? 1 : 2) {
        builder.instruction(CK_OP_TABLE_S8, "copy", ck_table_parameters(count: 16), inputs: [x], outputs: [part], constants: [table])
      }
      builder.program(
        "p", arena: 128,
        bindings: [
          builder.binding(CK_BINDING_INPUT, "x", tensor: x, dims: [16]),
          builder.binding(CK_BINDING_OUTPUT, "y", tensor: whole, dims: [2, 16]),
        ])
      #expect(try code(builder) == (missing ? .unwritten : nil))
    }
  }

  /// Rows 0-1 and 2-3 of an image are written, then rows 1-2 are read; refused where what is read is no rows of that image.
  @Test(arguments: [
    ("rows", 96, [1, 2, 8, 4], 0.1 as Float, nil as FormatError.Code?), ("another width", 96, [1, 2, 4, 8], 0.1, FormatError.Code.overwritten),
    ("not whole rows", 80, [1, 2, 8, 4], 0.1, .overwritten), ("another quantization", 96, [1, 2, 8, 4], 0.2, .overwritten),
    ("several images", 96, [2, 1, 8, 4], 0.1, .overwritten), ("no image", 96, [64], 0.1, .overwritten),
  ])
  func rowsAreReadAcrossTheSeamsOfBands(name: String, offset: Int, shape: [Int], scale: Float, expected: FormatError.Code?) throws {
    var builder = SwlBuilder()
    let x = builder.tensor("x", [64], at: 0)
    let y = builder.tensor("y", [64], at: 192)
    let table = builder.constant((0..<256).map { Int8(truncatingIfNeeded: $0 - 128) })
    for band in 0..<2 {
      let rows = builder.tensor("rows \(band)", [1, 2, 8, 4], at: 64 + 64 * band)
      builder.instruction(CK_OP_TABLE_S8, "write", ck_table_parameters(count: 64), inputs: [x], outputs: [rows], constants: [table])
    }
    let read = builder.tensor("read", shape, at: offset, scale: scale)
    builder.instruction(CK_OP_TABLE_S8, "read", ck_table_parameters(count: 64), inputs: [read], outputs: [y], constants: [table])
    builder.program(
      "p", arena: 256,
      bindings: [
        builder.binding(CK_BINDING_INPUT, "x", tensor: x, dims: [64]), builder.binding(CK_BINDING_OUTPUT, "y", tensor: y, dims: [64]),
      ])
    #expect(try code(builder) == expected, "\(name)")
  }

  /// Ten thousand instructions that all read the input cost ten thousand squared halves: a hostile file is refused, not waited for.
  @Test func theProofOfOrderIsBounded() throws {
    var builder = SwlBuilder()
    let x = builder.tensor("x", [1], at: 0)
    let y = builder.tensor("y", [1], at: 64)
    let table = builder.constant([Int8](repeating: 0, count: 256))
    builder.instruction(CK_OP_TABLE_S8, "", ck_table_parameters(count: 1), inputs: [x], outputs: [y], constants: [table])
    builder.instructions = Array(repeating: builder.instructions[0], count: 30_000)
    builder.program(
      "p", arena: 128,
      bindings: [
        builder.binding(CK_BINDING_INPUT, "x", tensor: x, dims: [1]), builder.binding(CK_BINDING_OUTPUT, "y", tensor: y, dims: [1]),
      ])
    #expect(try code(builder) == .complexity)
    builder.instructions.removeLast(20_000)
    builder.programs[0].instruction_count = 10_000
    #expect(try code(builder) == nil)
  }
}
