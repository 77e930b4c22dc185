import ModelGraph

/// Every operator that can be imported: a new one is a file in `Operators` and a row here.
let onnxConverters: [String: ONNXConverter] = [
  "Abs": convertUnary(.abs),
  "Acos": convertUnary(.acos),
  "Acosh": convertUnary(.acosh),
  "Add": convertBinary(.add),
  "And": convertLogic { $0 && $1 },
  "Asin": convertUnary(.asin),
  "Asinh": convertUnary(.asinh),
  "Atan": convertUnary(.atan),
  "Atanh": convertUnary(.atanh),
  "AveragePool": convertPool(.average),
  "BatchNormalization": convertBatchNormalization,
  "Cast": convertCast,
  "CastLike": convertCastLike,
  "Ceil": convertUnary(.ceil),
  "Celu": convertCelu,
  "CenterCropPad": convertCenterCropPad,
  "Clip": convertClip,
  "Concat": convertConcat,
  "Constant": convertConstant,
  "ConstantOfShape": convertConstantOfShape,
  "Conv": convertConv,
  "ConvTranspose": convertConvTranspose,
  "Cos": convertUnary(.cos),
  "Cosh": convertUnary(.cosh),
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
  "GlobalLpPool": convertGlobalLpPool,
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
  "LpPool": convertLpPool,
  "MatMul": convertMatMul,
  "Max": convertVariadic(.maximum),
  "MaxPool": convertPool(.max),
  "Mean": convertMean,
  "Min": convertVariadic(.minimum),
  "Mish": convertUnary(.mish),
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
  "ReduceL1": convertNorm(.l1),
  "ReduceL2": convertNorm(.l2),
  "ReduceLogSum": convertNorm(.logSum),
  "ReduceLogSumExp": convertLogSumExp,
  "ReduceMax": convertReduce(.max),
  "ReduceMean": convertReduce(.mean),
  "ReduceMin": convertReduce(.min),
  "ReduceProd": convertReduce(.product),
  "ReduceSum": convertReduce(.sum),
  "ReduceSumSquare": convertNorm(.sumSquare),
  "Relu": convertUnary(.clip(lower: 0, upper: .infinity)),
  "Reshape": convertReshape,
  "Resize": convertResize,
  "Round": convertUnary(.round),
  "Selu": convertSelu,
  "Shape": convertShape,
  "Shrink": convertShrink,
  "Sigmoid": convertUnary(.sigmoid),
  "Sign": convertUnary(.sign),
  "Sin": convertUnary(.sin),
  "Sinh": convertUnary(.sinh),
  "Size": convertSize,
  "Slice": convertSlice,
  "Softmax": convertSoftmax,
  "Softplus": convertUnary(.softplus),
  "Softsign": convertUnary(.softsign),
  "SpaceToDepth": convertSpaceToDepth,
  "Split": convertSplit,
  "Sqrt": convertUnary(.sqrt),
  "Squeeze": convertSqueeze,
  "Sub": convertBinary(.subtract),
  "Sum": convertVariadic(.add),
  "Swish": convertSwish,
  "Tan": convertUnary(.tan),
  "Tanh": convertUnary(.tanh),
  "ThresholdedRelu": convertThresholdedRelu,
  "Transpose": convertTranspose,
  "Unsqueeze": convertUnsqueeze,
  "Upsample": convertResize,
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
  case "MaxUnpool":
    "upsample by Resize, ConvTranspose or DepthToSpace instead: the indices of a MaxPool are not kept"
  case "GridSample", "AffineGrid", "RoiAlign", "MaxRoiPool":
    "regions and grids computed at run time are not sampled: resize or crop before the net, or cut it before this with --outputs"
  case _ where op.contains(":"):
    "only operators of the domain ai.onnx are read; export without custom operators or functions"
  default:
    "cut the net before it with --outputs, or replace it before the export"
  }
}

/// The operators that can be imported, sorted.
package var supportedONNXOperators: [String] { onnxConverters.keys.sorted() }
