import ModelGraph

/// Turns one operator of a file into nodes.
typealias TFLiteConverter = @Sendable (TFLiteNode) throws(DiagnosticError) -> Void

/// Every operator that can be imported, by its name in schema.fbs. A new one is a function in Operators/ and a line here.
let tfliteConverters: [String: TFLiteConverter] = [
  // Windows
  "CONV_2D": convertConvolution,
  "DEPTHWISE_CONV_2D": convertDepthwiseConvolution,
  "AVERAGE_POOL_2D": { node throws(DiagnosticError) in try convertPool(node, .average) },
  "MAX_POOL_2D": { node throws(DiagnosticError) in try convertPool(node, .max) },
  "L2_POOL_2D": convertL2Pool,
  "TRANSPOSE_CONV": convertTransposeConvolution,
  "CONV_3D": convertConvolution3D,
  "CONV_3D_TRANSPOSE": convertTransposeConvolution3D,
  "RESIZE_BILINEAR": convertResize,
  "RESIZE_NEAREST_NEIGHBOR": convertResize,
  "SPACE_TO_BATCH_ND": convertSpaceToBatch,
  "BATCH_TO_SPACE_ND": convertBatchToSpace,
  // Matrices
  "BATCH_MATMUL": convertBatchMatMul,
  "FULLY_CONNECTED": convertFullyConnected,
  // Element-wise, two operands
  "ADD": binary(.add, .add),
  "SUB": binary(.subtract, .sub),
  "MUL": binary(.multiply, .mul),
  "DIV": binary(.divide, .div),
  "MAXIMUM": binary(.maximum, nil),
  "MINIMUM": binary(.minimum, nil),
  "POW": binary(.power, nil),
  "FLOOR_MOD": binary(.modulo, nil),
  "SQUARED_DIFFERENCE": convertSquaredDifference,
  "ATAN2": convertAtan2,
  "ADD_N": convertAddN,
  "BITWISE_XOR": binary(.xor, nil),
  "RIGHT_SHIFT": binary(.shiftRight, nil),
  // Element-wise, one operand
  "RELU": unary(.clip(lower: 0, upper: .infinity)),
  "RELU6": unary(.clip(lower: 0, upper: 6)),
  "RELU_N1_TO_1": unary(.clip(lower: -1, upper: 1)),
  "RELU_0_TO_1": unary(.clip(lower: 0, upper: 1)),
  "LOGISTIC": unary(.sigmoid),
  "TANH": unary(.tanh),
  "ELU": unary(.elu(alpha: 1)),
  "HARD_SWISH": unary(.hardSwish),
  "LEAKY_RELU": convertLeakyRelu,
  "PRELU": convertPRelu,
  "GELU": convertGelu,
  "EXP": unary(.exp),
  "SIN": unary(.sin),
  "COS": unary(.cos),
  "SIGN": unary(.sign),
  "LOG": unary(.log),
  "SQRT": unary(.sqrt),
  "RSQRT": unary(.rsqrt),
  "NEG": unary(.negate),
  "ABS": unary(.abs),
  "FLOOR": unary(.floor),
  "CEIL": unary(.ceil),
  "ROUND": unary(.round),
  "SQUARE": unary(.square),
  "SOFTMAX": convertSoftmax,
  "LOG_SOFTMAX": convertLogSoftmax,
  "FAKE_QUANT": convertFakeQuantization,
  // Normalizations
  "L2_NORMALIZATION": convertL2Normalization,
  "LOCAL_RESPONSE_NORMALIZATION": convertLocalResponseNormalization,
  // Reductions
  "MEAN": reduction(.mean),
  "SUM": reduction(.sum),
  "REDUCE_MAX": reduction(.max),
  "REDUCE_MIN": reduction(.min),
  "REDUCE_PROD": reduction(.product),
  "REDUCE_ANY": reduction(.max),
  "REDUCE_ALL": reduction(.min),
  // Shape
  "RESHAPE": convertReshape,
  "SQUEEZE": convertSqueeze,
  "EXPAND_DIMS": convertExpandDims,
  "SHAPE": convertShape,
  "RANK": convertRank,
  "BROADCAST_TO": convertBroadcast,
  "BROADCAST_ARGS": convertBroadcastShapes,
  // Movement
  "CONCATENATION": convertConcatenation,
  "PACK": convertPack,
  "UNPACK": convertUnpack,
  "PAD": convertPad,
  "PADV2": convertPad,
  "TRANSPOSE": convertTranspose,
  "SLICE": convertSlice,
  "STRIDED_SLICE": convertStridedSlice,
  "SPLIT": convertSplit,
  "SPLIT_V": convertSplitV,
  "DEPTH_TO_SPACE": convertDepthToSpace,
  "SPACE_TO_DEPTH": convertSpaceToDepth,
  // Constants
  "DENSIFY": { node throws(DiagnosticError) in try node.alias(try node.input(0, "input")) },
  "DEQUANTIZE": convertDequantize,
  "QUANTIZE": convertQuantize,
  "CAST": convertCast,
  "GATHER": convertGather,
  "RANGE": convertRange,
  "FILL": convertFill,
  "ZEROS_LIKE": convertZerosLike,
  // Comparison and logic
  "EQUAL": comparison(.equal),
  "NOT_EQUAL": comparison(.notEqual),
  "LESS": comparison(.less),
  "LESS_EQUAL": comparison(.lessOrEqual),
  "GREATER": comparison(.less, isSwapped: true),
  "GREATER_EQUAL": comparison(.lessOrEqual, isSwapped: true),
  "LOGICAL_AND": binary(.and, nil),
  "LOGICAL_OR": binary(.or, nil),
  "LOGICAL_NOT": convertNot,
  "SELECT": convertSelect,
  "SELECT_V2": convertSelect,
  "FLOOR_DIV": convertFloorDivide,
  // Indices
  "GATHER_ND": convertGatherND,
  "EMBEDDING_LOOKUP": convertEmbeddingLookup,
  "ARG_MAX": convertArgReduce(.max),
  "ARG_MIN": convertArgReduce(.min),
  "TOPK_V2": convertTopK,
  "CUMSUM": convertCumulativeSum,
  "ONE_HOT": convertOneHot,
  "SCATTER_ND": convertScatterND,
  "TILE": convertTile,
  "REVERSE_V2": convertReverse,
  "REVERSE_SEQUENCE": convertReverseSequence,
  "MIRROR_PAD": convertMirrorPad,
  "WHERE": convertWhere,
  "SEGMENT_SUM": convertSegmentSum,
  "UNSORTED_SEGMENT_SUM": convertUnsortedSegment(.add),
  "UNSORTED_SEGMENT_PROD": convertUnsortedSegment(.multiply),
  "UNSORTED_SEGMENT_MAX": convertUnsortedSegment(.maximum),
  "UNSORTED_SEGMENT_MIN": convertUnsortedSegment(.minimum),
  "SPARSE_TO_DENSE": convertSparseToDense,
  "DYNAMIC_UPDATE_SLICE": convertDynamicUpdateSlice,
  "BUCKETIZE": convertBucketize,
  "MATRIX_DIAG": convertMatrixDiagonal,
  "MATRIX_SET_DIAG": convertMatrixSetDiagonal,
  "DILATE": convertDilate,
  // Element-wise operators under their newer names
  "STABLEHLO_ABS": unary(.abs),
  "STABLEHLO_ADD": binary(.add, nil),
  "STABLEHLO_AND": binary(.and, nil),
  "STABLEHLO_COSINE": unary(.cos),
  "STABLEHLO_DIVIDE": binary(.divide, nil),
  "STABLEHLO_EXPONENTIAL": unary(.exp),
  "STABLEHLO_FLOOR": unary(.floor),
  "STABLEHLO_LOG": unary(.log),
  "STABLEHLO_LOGISTIC": unary(.sigmoid),
  "STABLEHLO_MAXIMUM": binary(.maximum, nil),
  "STABLEHLO_MINIMUM": binary(.minimum, nil),
  "STABLEHLO_MULTIPLY": binary(.multiply, nil),
  "STABLEHLO_NEGATE": unary(.negate),
  "STABLEHLO_OR": binary(.or, nil),
  "STABLEHLO_POWER": binary(.power, nil),
  "STABLEHLO_RSQRT": unary(.rsqrt),
  "STABLEHLO_SELECT": convertSelect,
  "STABLEHLO_SUBTRACT": binary(.subtract, nil),
  "STABLEHLO_TANH": unary(.tanh),
  // Control flow and variables
  "IF": convertIf,
  "WHILE": convertWhile,
  "CALL_ONCE": convertCallOnce,
  "VAR_HANDLE": convertVariableHandle,
  "READ_VARIABLE": convertReadVariable,
  "ASSIGN_VARIABLE": convertAssignVariable,
  // Detection
  "NON_MAX_SUPPRESSION_V4": convertNonMaxSuppression,
  "NON_MAX_SUPPRESSION_V5": convertNonMaxSuppression,
]

/// Custom operators whose meaning is known, by their own names.
let tfliteCustomConverters: [String: TFLiteConverter] = [
  "TFLite_Detection_PostProcess": convertDetectionPostProcess
]

extension TFLiteOperatorCode {
  /// What imports the operator; nil where nothing does.
  var converter: TFLiteConverter? { isCustom ? tfliteCustomConverters[name] : tfliteConverters[name] }

  /// Whether it does something beside giving outputs.
  var hasEffects: Bool { !isCustom && ["ASSIGN_VARIABLE", "CALL_ONCE"].contains(name) }

  /// What to do about an operator that has no converter.
  var unsupportedHint: String {
    let cut = "or cut the net before it with --outputs NAME"
    if isCustom {
      return "a custom operator's meaning is not in the file; express it with built-in operators in the source model, \(cut)"
    }
    switch name {
    case "CALL", "STABLEHLO_WHILE": return "control flow cannot be converted; export the net without it, \(cut)"
    default: return "express it with other operators in the source model, \(cut)"
    }
  }
}
