import ModelGraph

/// Every operator that can be imported: a new one is a file in `Operators` and a row here.
let onnxConverters: [String: ONNXConverter] = [
  "Abs": convertUnary(.abs),
  "Add": convertBinary(.add),
  "And": convertLogic { $0 && $1 },
  "AveragePool": convertPool(.average),
  "BatchNormalization": convertBatchNormalization,
  "Cast": convertCast,
  "CastLike": convertCastLike,
  "Ceil": convertUnary(.ceil),
  "Clip": convertClip,
  "Concat": convertConcat,
  "Constant": convertConstant,
  "ConstantOfShape": convertConstantOfShape,
  "Conv": convertConv,
  "DepthToSpace": convertDepthToSpace,
  "Div": convertBinary(.divide),
  "Dropout": convertDropout,
  "Elu": convertElu,
  "Equal": convertComparison({ $0 == $1 }, { $0 == $1 }),
  "Erf": convertUnary(.erf),
  "Exp": convertUnary(.exp),
  "Expand": convertExpand,
  "Flatten": convertFlatten,
  "Floor": convertUnary(.floor),
  "Gather": convertGather,
  "Gelu": convertGelu,
  "Gemm": convertGemm,
  "GlobalAveragePool": convertGlobalPool(.mean),
  "GlobalMaxPool": convertGlobalPool(.max),
  "Greater": convertComparison({ $0 > $1 }, { $0 > $1 }),
  "GreaterOrEqual": convertComparison({ $0 >= $1 }, { $0 >= $1 }),
  "HardSigmoid": convertHardSigmoid,
  "HardSwish": convertUnary(.hardSwish),
  "Identity": convertIdentity,
  "LeakyRelu": convertLeakyRelu,
  "Less": convertComparison({ $0 < $1 }, { $0 < $1 }),
  "LessOrEqual": convertComparison({ $0 <= $1 }, { $0 <= $1 }),
  "Log": convertUnary(.log),
  "LogSoftmax": convertLogSoftmax,
  "MatMul": convertMatMul,
  "Max": convertVariadic(.maximum),
  "MaxPool": convertPool(.max),
  "Mean": convertMean,
  "Min": convertVariadic(.minimum),
  "Mish": convertMish,
  "Mod": convertMod,
  "Mul": convertBinary(.multiply),
  "Neg": convertUnary(.negate),
  "Not": convertNot,
  "Or": convertLogic { $0 || $1 },
  "PRelu": convertPRelu,
  "Pad": convertPad,
  "Pow": convertPow,
  "Range": convertRange,
  "Reciprocal": convertUnary(.reciprocal),
  "ReduceMax": convertReduce(.max),
  "ReduceMean": convertReduce(.mean),
  "ReduceMin": convertReduce(.min),
  "ReduceProd": convertReduce(.product),
  "ReduceSum": convertReduce(.sum),
  "Relu": convertUnary(.clip(lower: 0, upper: .infinity)),
  "Reshape": convertReshape,
  "Round": convertUnary(.round),
  "Shape": convertShape,
  "Sigmoid": convertUnary(.sigmoid),
  "Size": convertSize,
  "Slice": convertSlice,
  "Softmax": convertSoftmax,
  "Softplus": convertUnary(.softplus),
  "SpaceToDepth": convertSpaceToDepth,
  "Split": convertSplit,
  "Sqrt": convertUnary(.sqrt),
  "Squeeze": convertSqueeze,
  "Sub": convertBinary(.subtract),
  "Sum": convertVariadic(.add),
  "Tanh": convertUnary(.tanh),
  "Transpose": convertTranspose,
  "Unsqueeze": convertUnsqueeze,
  "Where": convertWhere,
  "Xor": convertLogic { $0 != $1 },
]

/// What to do about an operator that has no converter.
func unsupportedHint(_ op: String) -> String {
  switch op {
  case "If", "Loop", "Scan":
    "export with static shapes, so that the exporter resolves the control flow"
  case "QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger", "DynamicQuantizeLinear":
    "give the float model: it is quantized here"
  case _ where op.contains(":"):
    "only operators of the domain ai.onnx are read; export without custom operators or functions"
  default:
    "cut the net before it with --outputs, or replace it before the export"
  }
}

/// The operators that can be imported, sorted.
package var supportedONNXOperators: [String] { onnxConverters.keys.sorted() }
