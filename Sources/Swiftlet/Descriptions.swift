/// An input, an output or a tensor inside a model.
public struct TensorDescription: Sendable, Equatable {
  /// Name in the source model.
  public let name: String
  /// Inputs and outputs: in the source model's order; other tensors: NHWC.
  public let shape: [Int]
  /// What raw access reads and writes: the quantized type, the source model's where it holds integers, else float32.
  public let elementType: ElementType
  /// What the source model declares.
  public let sourceType: ElementType
  /// real value = (q - zeroPoint) * scale; 0 where the tensor is not quantized.
  public let scale: Float
  /// See `scale`.
  public let zeroPoint: Int
  /// Bytes of raw access.
  public let byteCount: Int
  /// Product of `shape`.
  public let elementCount: Int
  /// First byte in the arena, nil for a constant.
  public let arenaOffset: Int?
}

/// What a program's memory plan was made for.
public enum Plan: String, Sendable {
  /// The fastest run.
  case latency
  /// The smallest arena.
  case ram
}

/// One entry point of a model: a file may hold several.
public struct ProgramDescription: Sendable, Equatable {
  /// Name of the entry point.
  public let name: String
  /// What its memory plan was made for.
  public let plan: Plan
  /// Memory that a session needs for tensors, scratch and states.
  public let arenaBytes: Int
  /// Largest sum of tensors and scratch needed at the same time, less what outputs could share with dying inputs: no plan is smaller.
  public let lowerBoundBytes: Int
  /// First bytes of the arena that keep the states from run to run.
  public let persistentBytes: Int
  /// Multiply-accumulates of one run.
  public let macs: UInt64
  /// Its part of `Model.instructions`.
  public let instructions: Range<Int>
}

/// Arithmetic of an instruction.
public enum Precision: String, Sendable {
  /// IEEE single precision.
  case float32
  /// int8 operands, int32 sums.
  case int8
  /// int16 operands with int8 weights, int64 sums.
  case int16
  /// Whole numbers that are not quantized, and truth values: indices, token ids, masks.
  case integer
}

/// One step of a program.
public struct InstructionDescription: Sendable, Equatable {
  /// The operator's name: `conv2d_s8`.
  public let operatorName: String
  /// Name of the source model's node.
  public let name: String
  /// Arithmetic of the step.
  public let precision: Precision
  /// Multiply-accumulates.
  public let macs: UInt64
  /// Indices in `Model.tensors`.
  public let inputs: [Int]
  /// Indices in `Model.tensors`.
  public let outputs: [Int]
  /// Bytes of weights and side arrays.
  public let constantBytes: Int
  /// Bytes of arena beyond its tensors.
  public let scratchBytes: Int
}

/// The instruction at which most of the arena is in use, and by what.
public struct ArenaPeak: Sendable, Equatable {
  /// Index in `Model.instructions`.
  public let instruction: Int
  /// Bytes of all tensors needed at that time (shared bytes counted once), and scratch.
  public let bytes: Int
  /// Of these, scratch.
  public let scratchBytes: Int
  /// Indices in `Model.tensors`, largest first.
  public let tensors: [Int]
}

/// Bytes of the arena that hold one tensor, or scratch, for a while.
public struct ArenaSpan: Sendable, Equatable {
  /// Index in `Model.tensors`; nil for scratch.
  public let tensor: Int?
  /// First byte in the arena.
  public let offset: Int
  /// Bytes from there.
  public let byteCount: Int
  /// Indices in `Model.instructions`, from the one that writes it first to the one that needs it last.
  public let instructions: ClosedRange<Int>
}
