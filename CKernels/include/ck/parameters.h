/* ck/parameters.h - what each opcode's `parameters` bytes hold. Part of the file format: fields are appended, never moved.
 *
 * Every int8 quantity (zero points, clamp bounds) is in the s8 domain of the file. Clamp bounds of s8 outputs are
 * inclusive, -128 <= output_min <= output_max <= 127; of f32 outputs they are float_min and float_max (infinite where open).
 * Requantization (DESIGN: numerics): q = clamp(rne(float(acc) * scale[n])) + zero_point, f32, ties to even, no FMA. */
#ifndef CK_PARAMETERS_H
#define CK_PARAMETERS_H

#include "format.h"

/* Packed s8 weights; the side arrays bias (s32), weight sum (s32) and scale (f32) hold one entry a channel, padded with
 * zeros (scale: with zeros too) to a multiple of 16 in each group. Padding weights are zero.
 * GEMM_C4X16     [N/16][K/4][16][4]
 * CONV_ROW_C4X16 [N/16][KH][ceil(KW*C/4)][16][4]: groups = 1, dilation_w = 1; a kernel row of a pixel is KW*C contiguous bytes
 * CONV_TAP_C4X16 [G][N/G/16][KH][KW][ceil(C/G/4)][16][4]: any groups and dilation
 * DEPTHWISE_QUAD [N/16][ceil(KH/4)][KW][16][4]: the four bytes are four kernel rows
 * F32_LINEAR     GEMM [N][K]; convolution [N][KH][KW][C/G]; depthwise [KH][KW][N] */
enum ck_weight_layout {
  CK_LAYOUT_F32_LINEAR = 0,
  CK_LAYOUT_GEMM_C4X16 = 1,
  CK_LAYOUT_CONV_ROW_C4X16 = 2,
  CK_LAYOUT_CONV_TAP_C4X16 = 3,
  CK_LAYOUT_DEPTHWISE_QUAD = 4
};

/* Operators on s16 (CONV2D_S16, DWCONV2D_S16, GEMM_S16, POOL_S16, REDUCE_S16, BINARY_S16) compute what those on s8 do, with s16 inputs, whose zero
 * points are 0, and an s16 output of zero point 0, -32768 <= output_min <= output_max <= 32767, or with CK_FLAG_S8_OUTPUT an s8 one.
 * Weights are s8 in the same layouts, of zero point 0, at most CK_S16_MAX_DEPTH to an output. Constants: [0] weights s8, [1] bias s64
 * (magnitude at most CK_S16_MAX_BIAS), [2] sum of weights s32, [3] scale f32. Sums are exact: 64 bits. float(acc) rounds once. */
#define CK_S16_MAX_DEPTH 65536u
#define CK_S16_MAX_BIAS ((int64_t)1 << 50)

/* Constants of CONV2D_S8, DWCONV2D_S8, GEMM_S8: [0] weights s8, [1] bias s32, [2] sum of weights s32, [3] scale f32.
 * bias is in accumulator units and does not contain the input zero point:
 * acc[n] = bias[n] + sum (x - input_zero_point) * (w - weight_zero_point).
 * Of CONV2D_F32, DWCONV2D_F32, GEMM_F32: [0] weights f32, [1] bias f32[N].
 * Operands: input [batch, in_h, in_w, in_c], output [batch, out_h, out_w, out_c]; out-of-image taps read the input zero point. */
typedef struct ck_conv2d_parameters {
  uint32_t batch, in_h, in_w, in_c; /*  0 */
  uint32_t out_h, out_w, out_c;     /* 16 */
  uint32_t kernel_h, kernel_w;      /* 28 */
  uint32_t stride_h, stride_w;      /* 36 */
  uint32_t dilation_h, dilation_w;  /* 44 */
  uint32_t pad_top, pad_left;       /* 52: bottom and right follow from out_h, out_w */
  uint32_t groups;                  /* 60: DWCONV2D: groups == in_c; out_c = in_c * multiplier, channel n reads n / multiplier */
  uint32_t weight_layout;           /* 64: enum ck_weight_layout */
  int32_t input_zero_point;         /* 68 */
  int32_t weight_zero_point;        /* 72 */
  int32_t output_zero_point;        /* 76 */
  int32_t output_min, output_max;   /* 80 */
  float float_min, float_max;       /* 88: used where the output is f32 */
} ck_conv2d_parameters;

/* output[m][n] = sum over k of input[m][k] * weight[n][k], plus bias. */
typedef struct ck_gemm_parameters {
  uint32_t m, n, k;               /*  0 */
  uint32_t weight_layout;         /* 12 */
  int32_t input_zero_point;       /* 16 */
  int32_t weight_zero_point;      /* 20 */
  int32_t output_zero_point;      /* 24 */
  int32_t output_min, output_max; /* 28 */
  float float_min, float_max;     /* 36 */
} ck_gemm_parameters;

/* With CK_FLAG_ADD, of CONV2D_S8 and GEMM_S8, right after their own parameters (ck_conv2d_add_parameters, ck_gemm_add_parameters): what
 * BINARY_S8 would add to their output. Operands: input, residual s8 of the output's shape, in the arena, output s8. With `layer` the result that
 * the operator has without the flag, inside output_min <= output_zero_point <= output_max, and layer', residual' these less output_zero_point and residual_zero_point:
 * output = clamp(rne(float(layer') * layer_scale + float(residual') * residual_scale) + sum_zero_point, sum_min, sum_max), two products, one
 * sum. The output may lie where the residual does, or apart from it. */
#define CK_ADD_LARGEST_SCALE 16384.0f
typedef struct ck_add_parameters {
  float layer_scale, residual_scale; /*  0: over 0, below CK_ADD_LARGEST_SCALE */
  int32_t residual_zero_point;       /*  8 */
  int32_t sum_zero_point;            /* 12 */
  int32_t sum_min, sum_max;          /* 16 */
} ck_add_parameters;
typedef struct ck_conv2d_add_parameters {
  ck_conv2d_parameters layer;
  ck_add_parameters add; /* 96 */
} ck_conv2d_add_parameters;
typedef struct ck_gemm_add_parameters {
  ck_gemm_parameters layer;
  ck_add_parameters add; /* 44 */
} ck_gemm_add_parameters;

enum ck_pool_kind { CK_POOL_MAX = 0, CK_POOL_AVERAGE = 1 };
/* Average: the divisor is the count of taps inside the image, or kernel_h * kernel_w where count_includes_pad.
 * s8 average: q = clamp(rne(float(sum of (x - input_zero_point)) * (scale / float(count))) + output_zero_point), padding adding 0.
 * s8 max: q = clamp(max x); input and output share their quantization. Every window holds at least one tap inside the image. */
typedef struct ck_pool_parameters {
  uint32_t kind;                    /*  0: enum ck_pool_kind */
  uint32_t batch, in_h, in_w, channels; /* 4 */
  uint32_t out_h, out_w;            /* 20 */
  uint32_t kernel_h, kernel_w;      /* 28 */
  uint32_t stride_h, stride_w;      /* 36 */
  uint32_t dilation_h, dilation_w;  /* 44 */
  uint32_t pad_top, pad_left;       /* 52 */
  uint32_t count_includes_pad;      /* 60: with pad_bottom, pad_right below, taps in the padding count; beyond it never */
  uint32_t pad_bottom, pad_right;   /* 64 */
  float scale;                      /* 72: input scale / output scale */
  int32_t input_zero_point;         /* 76 */
  int32_t output_zero_point;        /* 80 */
  int32_t output_min, output_max;   /* 84 */
  float float_min, float_max;       /* 92 */
} ck_pool_parameters;

enum ck_reduce_kind { CK_REDUCE_MEAN = 0, CK_REDUCE_SUM = 1, CK_REDUCE_MAX = 2, CK_REDUCE_MIN = 3, CK_REDUCE_PRODUCT = 4 };
/* input [outer, axis, inner] -> output [outer, inner].
 * s8 (mean, sum, max, min): q = clamp(rne(float(sum of (x - input_zero_point)) * scale) + output_zero_point); scale holds 1/axis for a mean.
 * f32 sums run in index order, one partial sum an inner position; inner == 1 uses 16 interleaved partial sums. */
typedef struct ck_reduce_parameters {
  uint32_t kind, outer, axis, inner; /*  0 */
  float scale;                       /* 16 */
  int32_t input_zero_point;          /* 20 */
  int32_t output_zero_point;         /* 24 */
  int32_t output_min, output_max;    /* 28 */
} ck_reduce_parameters;

enum ck_binary_kind {
  CK_BINARY_ADD = 0, CK_BINARY_SUBTRACT = 1, CK_BINARY_MULTIPLY = 2, CK_BINARY_DIVIDE = 3, CK_BINARY_MAXIMUM = 4, CK_BINARY_MINIMUM = 5,
  CK_BINARY_POWER = 6, /* f32 only, like those that follow */
  CK_BINARY_REMAINDER = 7, /* a - b trunc(a / b): C's fmod */
  CK_BINARY_MODULO = 8     /* a - b floor(a / b) */
};
/* output[i] = a[i] op b[i] over `dims` (collapsed by the converter; 1 past the rank), output contiguous; strides in elements, 0 broadcasts.
 * s8, with a' = a - a_zero_point and b' likewise, r the f32 value before rne and clamp:
 *   add, subtract, maximum, minimum: r = float(a') * a_scale op float(b') * b_scale   (two products, one operation)
 *   multiply: r = float(a' * b') * a_scale;   divide: r = (float(a') / float(b')) * a_scale, 0 where a' and b' are both 0. */
typedef struct ck_binary_parameters {
  uint32_t kind;                          /*  0 */
  uint32_t rank;                          /*  4: 1...6 */
  uint32_t dims[CK_MAX_RANK];             /*  8 */
  uint32_t a_stride[CK_MAX_RANK];         /* 32 */
  uint32_t b_stride[CK_MAX_RANK];         /* 56 */
  float a_scale, b_scale;                 /* 80 */
  int8_t a_zero_point, b_zero_point;      /* 88 */
  int8_t output_zero_point, reserved;     /* 90 */
  int32_t output_min, output_max;         /* 92 */
  float float_min, float_max;             /* 100 */
} ck_binary_parameters;

/* output[i] = table[input[i] + 128]; constant [0] is s8 table[256]. */
typedef struct ck_table_parameters {
  uint64_t count;
} ck_table_parameters;

enum ck_unary_kind {
  CK_UNARY_CLIP = 0,     /* min(max(x, a), b) */
  CK_UNARY_SIGMOID = 1, CK_UNARY_TANH = 2,
  CK_UNARY_SILU = 3,     /* x * sigmoid(x) */
  CK_UNARY_EXP = 4, CK_UNARY_LOG = 5, CK_UNARY_SQRT = 6, CK_UNARY_RSQRT = 7, CK_UNARY_RECIPROCAL = 8,
  CK_UNARY_NEGATE = 9, CK_UNARY_ABS = 10, CK_UNARY_SQUARE = 11,
  CK_UNARY_ERF = 12,
  CK_UNARY_GELU = 13,    /* x * (1 + erf(x / sqrt 2)) / 2 */
  CK_UNARY_LEAKY_RELU = 14,   /* x < 0 ? a * x : x */
  CK_UNARY_ELU = 15,          /* x < 0 ? a * (exp(x) - 1) : x */
  CK_UNARY_HARD_SIGMOID = 16, /* min(max(a * x + b, 0), 1) */
  CK_UNARY_HARD_SWISH = 17,   /* x * min(max(x / 6 + 1/2, 0), 1) */
  CK_UNARY_SOFTPLUS = 18,     /* log(1 + exp(x)) */
  CK_UNARY_FLOOR = 19, CK_UNARY_CEIL = 20, CK_UNARY_ROUND = 21,
  CK_UNARY_SIN = 22, CK_UNARY_COS = 23, CK_UNARY_TAN = 24, CK_UNARY_ASIN = 25, CK_UNARY_ACOS = 26, CK_UNARY_ATAN = 27,
  CK_UNARY_SINH = 28, CK_UNARY_COSH = 29, CK_UNARY_ASINH = 30, CK_UNARY_ACOSH = 31, CK_UNARY_ATANH = 32,
  CK_UNARY_SIGN = 33,             /* -1, 0 or 1 */
  CK_UNARY_CELU = 34,             /* x < 0 ? a * (exp(x / a) - 1) : x; a > 0 */
  CK_UNARY_SELU = 35,             /* b * (x < 0 ? a * (exp(x) - 1) : x) */
  CK_UNARY_THRESHOLDED_RELU = 36, /* x > a ? x : 0 */
  CK_UNARY_SHRINK = 37,           /* x < -a ? x + b : x > a ? x - b : 0; a >= 0 */
  CK_UNARY_SOFTSIGN = 38,         /* x / (1 + |x|) */
  CK_UNARY_SWISH = 39,            /* x * sigmoid(a * x) */
  CK_UNARY_MISH = 40,             /* x * tanh(log(1 + exp(x))) */
  CK_UNARY_GELU_TANH = 41         /* x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2 */
};
typedef struct ck_unary_parameters {
  uint64_t count; /*  0 */
  uint32_t kind;  /*  8 */
  float a, b;     /* 12 */
} ck_unary_parameters;

/* Softmax over the last axis: rows x columns. s8: constant [0] is f32 exponent[256], exponent[d] = exp(-d * input scale) for the distance
 * d from the row's largest q; sum in 16 interleaved partial sums s[c % 16], joined pairwise (s[i] += s[i + 8], then 4, 2, 1);
 * q = clamp(rne(exponent[d] * (output_scale_inverse / sum)) + output_zero_point). */
typedef struct ck_softmax_parameters {
  uint32_t rows, columns;     /*  0 */
  float output_scale_inverse; /*  8 */
  int32_t output_zero_point;  /* 12 */
} ck_softmax_parameters;

/* quantize: q = clamp(rne(x * scale) + zero_point), scale the inverse of the tensor's; dequantize: x = (q - zero_point) * scale. */
typedef struct ck_quantize_parameters {
  uint64_t count;     /*  0 */
  float scale;        /*  8 */
  int32_t zero_point; /* 12 */
} ck_quantize_parameters;

/* q = clamp(rne(float(x - input_zero_point) * scale) + output_zero_point) between s8 and s16 tensors; scale = input's / output's. */
typedef struct ck_requantize_parameters {
  uint64_t count;                /*  0 */
  uint32_t from, to;             /*  8: CK_DTYPE_S8 or CK_DTYPE_S16 */
  float scale;                   /* 16 */
  int32_t input_zero_point;      /* 20: of an s16 tensor 0, as below */
  int32_t output_zero_point;     /* 24 */
  int32_t output_min, output_max;/* 28 */
  uint32_t reserved;             /* 36 */
} ck_requantize_parameters;

/* For every index of `dims`: output[output_offset + sum i*output_stride] = input[input_offset + sum i*input_stride], elements of
 * element_bytes (1, 2, 4, 8). Strides and offsets in bytes; input strides may be negative or 0. Serves transpose, slice, concat, split, pad, expand. */
typedef struct ck_copy_parameters {
  uint32_t rank;                       /*  0: 1...6 */
  uint32_t element_bytes;              /*  4 */
  uint32_t dims[CK_MAX_RANK];          /*  8 */
  int32_t input_stride[CK_MAX_RANK];   /* 32 */
  int32_t output_stride[CK_MAX_RANK];  /* 56 */
  uint64_t input_offset;               /* 80 */
  uint64_t output_offset;              /* 88 */
} ck_copy_parameters;

/* Every element of the output = the low element_bytes of value (s8: in the file's s8 domain). No inputs. */
typedef struct ck_fill_parameters {
  uint64_t count;         /*  0 */
  uint32_t element_bytes; /*  8 */
  uint32_t value;         /* 12 */
} ck_fill_parameters;

/* Resampling along one axis: input [outer, in, inner] -> output [outer, out, inner]. Constants: [0] first s32[out], the first of the `taps`
 * input positions that an output position is made of, 0 <= first <= in - taps; [1] weight f32[out][taps].
 *   RESAMPLE_F32: output[o][j][i] = sum over t of weight[j][t] * input[o][first[j] + t][i], in order of t, from 0 on.
 *   RESAMPLE_S8: q = clamp(rne(the same sum over x - input_zero_point) + output_zero_point); the weights hold input scale / output scale.
 *   RESAMPLE_NEAREST (any type, taps = 1, no weights): the elements at first[j]; inner counts bytes. */
typedef struct ck_resample_parameters {
  uint32_t outer, in, out, inner; /*  0 */
  uint32_t taps;                  /* 16 */
  int32_t input_zero_point;       /* 20: this and what follows: RESAMPLE_S8, 0 in RESAMPLE_NEAREST */
  int32_t output_zero_point;      /* 24 */
  int32_t output_min, output_max; /* 28 */
} ck_resample_parameters;
/* Matrix products of two tensors: output[b][m][n] = (sum over k of a[b][m][k] * b[b][k][n]) * scale, for every index of `batch`.
 * Strides in elements; those of a and b may be 0 (broadcasting) and follow any transposition. The output's strides place its elements without
 * gaps: each stride is the product of the sizes of all smaller ones; its columns are contiguous.
 * s8: acc = sum of (a - a_zero_point) * (b - b_zero_point), q = clamp(rne(float(acc) * scale) + output_zero_point), scale = a's * b's / output's;
 * with CK_FLAG_F32_OUTPUT clamp(float(acc) * scale). f32: the sum in 16 interleaved partial sums over k, times scale, clamped. */
#define CK_MATMUL_BATCH_RANK 4
typedef struct ck_matmul_parameters {
  uint32_t m, n, k;                                   /*   0 */
  uint32_t batch_rank;                                /*  12: 0...4 */
  uint32_t batch[CK_MATMUL_BATCH_RANK];               /*  16: 1 past the rank */
  uint32_t a_batch_stride[CK_MATMUL_BATCH_RANK];      /*  32: 0 past the rank, as below */
  uint32_t b_batch_stride[CK_MATMUL_BATCH_RANK];      /*  48 */
  uint32_t output_batch_stride[CK_MATMUL_BATCH_RANK]; /*  64 */
  uint32_t a_row_stride, a_depth_stride;              /*  80 */
  uint32_t b_depth_stride, b_column_stride;           /*  88 */
  uint32_t output_row_stride;                         /*  96 */
  float scale;                                        /* 100 */
  int8_t a_zero_point, b_zero_point;                  /* 104 */
  int8_t output_zero_point, reserved;                 /* 106 */
  int32_t output_min, output_max;                     /* 108 */
  float float_min, float_max;                         /* 116: used where the output is f32 */
} ck_matmul_parameters;

enum ck_normalize_kind {
  CK_NORMALIZE_STANDARD = 0, /* (x - mean) / sqrt(variance + epsilon), the variance over n, not n - 1 */
  CK_NORMALIZE_RMS = 1,      /* x / sqrt(mean of squares + epsilon) */
  CK_NORMALIZE_L2 = 2,       /* x / max(sqrt(sum of squares), epsilon) */
  CK_NORMALIZE_L1 = 3        /* x / max(sum of magnitudes, epsilon) */
};
/* input and output [outer, axis, channels]. The statistics of outer index o and group g run over all `axis` positions and the
 * channels / groups channels of the group: layer norm has axis = groups = 1, instance norm groups = channels. No constants, or [0] gamma and
 * [1] beta, f32[channels]: y = normalized * gamma + beta.
 * f32 sums: axis == 1: 16 interleaved partial sums over the group's channels. Else channel by channel, positions in order, every 64 positions
 * added to the channel's total; then the channels of the group in order. Squares are of x - mean where there is a mean.
 * s8: with x' = x - input_zero_point and the exact integers s = sum x', t = sum x' * x', n the count: mean = float(s) / float(n); variance =
 * float(n * t - s * s) / (float(n) * float(n)) * (input_scale * input_scale), mean of squares float(t) / float(n) * (input_scale * input_scale),
 * and so on; r = (float(x') - mean) * (input_scale / divisor), then r * gamma + beta, or r * output_scale_inverse without them; gamma and beta
 * are in units of the output's scale; q = clamp(rne(r) + output_zero_point). */
typedef struct ck_normalize_parameters {
  uint32_t kind;                    /*  0: enum ck_normalize_kind */
  uint32_t outer, axis, channels;   /*  4 */
  uint32_t groups;                  /* 16: divides channels */
  float epsilon;                    /* 20: >= 0 */
  float input_scale;                /* 24 */
  float output_scale_inverse;       /* 28 */
  int32_t input_zero_point;         /* 32 */
  int32_t output_zero_point;        /* 36 */
  int32_t output_min, output_max;   /* 40 */
  float float_min, float_max;       /* 48 */
} ck_normalize_parameters;

/* input and output [outer, channels, inner]: y = x < 0 ? x * slope[channel] : x. Constant [0]: f32 slope[channels].
 * s8: q = clamp(rne(float(x - input_zero_point) * f) + output_zero_point), f = scale (input scale / output scale) where x >= input_zero_point,
 * else slope[channel], which then contains that factor. */
typedef struct ck_prelu_parameters {
  uint32_t outer, channels, inner;  /*  0 */
  float scale;                      /* 12 */
  int32_t input_zero_point;         /* 16 */
  int32_t output_zero_point;        /* 20 */
  int32_t output_min, output_max;   /* 24 */
  float float_min, float_max;       /* 32 */
} ck_prelu_parameters;

/* Integers that are not quantized lie in s32 tensors, truth values in bool ones (one byte, 0 or 1). `type`, one of S8, U8, S16 and S32 of enum
 * ck_dtype, is the source model's: results wrap around to it (for bool tensors it is BOOL). */

enum ck_binary_int_kind {
  CK_BINARY_INT_ADD = 0, CK_BINARY_INT_SUBTRACT = 1, CK_BINARY_INT_MULTIPLY = 2,
  CK_BINARY_INT_DIVIDE = 3,         /* toward zero; 0 where b is 0 */
  CK_BINARY_INT_FLOOR_DIVIDE = 4,   /* toward minus infinity; 0 where b is 0 */
  CK_BINARY_INT_REMAINDER = 5,      /* of DIVIDE: the sign of a; 0 where b is 0 */
  CK_BINARY_INT_FLOOR_REMAINDER = 6,/* of FLOOR_DIVIDE: the sign of b; 0 where b is 0 */
  CK_BINARY_INT_MAXIMUM = 7, CK_BINARY_INT_MINIMUM = 8,
  CK_BINARY_INT_POWER = 9,          /* b < 0: 1 / a^-b toward zero, 0 where a is 0 */
  CK_BINARY_INT_AND = 10, CK_BINARY_INT_OR = 11, CK_BINARY_INT_XOR = 12, /* these three also on bool */
  CK_BINARY_INT_SHIFT_LEFT = 13,    /* 0 where b is outside 0...31 */
  CK_BINARY_INT_SHIFT_RIGHT = 14    /* arithmetic; b outside 0...31 counts as 31 */
};
/* s32 or bool: output[i] = a[i] op b[i] over `dims` as in ck_binary_parameters; strides in elements, 0 broadcasts. */
typedef struct ck_binary_int_parameters {
  uint32_t kind;                  /*  0 */
  uint32_t rank;                  /*  4: 1...6 */
  uint32_t dims[CK_MAX_RANK];     /*  8 */
  uint32_t a_stride[CK_MAX_RANK]; /* 32 */
  uint32_t b_stride[CK_MAX_RANK]; /* 56 */
  uint32_t type;                  /* 80 */
} ck_binary_int_parameters;

enum ck_unary_int_kind {
  CK_UNARY_INT_NEGATE = 0, CK_UNARY_INT_ABS = 1, CK_UNARY_INT_SIGN = 2,
  CK_UNARY_INT_NOT = 3 /* every bit; of bool: 1 - x */
};
typedef struct ck_unary_int_parameters {
  uint64_t count; /*  0 */
  uint32_t kind;  /*  8 */
  uint32_t type;  /* 12 */
} ck_unary_int_parameters;

/* s32 [outer, axis, inner] -> [outer, inner]: enum ck_reduce_kind; a mean is rounded toward zero. bool: max (any) and min (all). */
typedef struct ck_reduce_int_parameters {
  uint32_t kind, outer, axis, inner; /*  0 */
  uint32_t type;                     /* 16 */
} ck_reduce_int_parameters;

/* Between f32, s32 and bool tensors of different types, or s32 to s32 of a narrower `type`.
 * f32 -> s32: toward zero, clamped to `type`, NaN becomes 0. s32 -> s32: wraps around to `type`. To f32: nearest. To bool: x != 0. */
typedef struct ck_cast_parameters {
  uint64_t count; /*  0 */
  uint32_t from;  /*  8: the input's dtype */
  uint32_t type;  /* 12: of an s32 output S8, U8, S16 or S32, else the output's dtype */
} ck_cast_parameters;

enum ck_compare_kind { CK_COMPARE_EQUAL = 0, CK_COMPARE_NOT_EQUAL = 1, CK_COMPARE_LESS = 2, CK_COMPARE_LESS_OR_EQUAL = 3 };
/* bool output[i] = a[i] op b[i]; both f32, s32, bool, or s8 as real values float(a - a_zero_point) * a_scale. NaN is unequal to everything. */
typedef struct ck_compare_parameters {
  uint32_t kind;                     /*  0 */
  uint32_t rank;                     /*  4: 1...6 */
  uint32_t dims[CK_MAX_RANK];        /*  8 */
  uint32_t a_stride[CK_MAX_RANK];    /* 32 */
  uint32_t b_stride[CK_MAX_RANK];    /* 56 */
  float a_scale, b_scale;            /* 80: s8 only, else 0 */
  int32_t a_zero_point, b_zero_point;/* 88: s8 only, else 0 */
  uint32_t type;                     /* 96: dtype of a and b */
} ck_compare_parameters;

/* output[i] = condition[i] ? a[i] : b[i]; condition bool, the others of one type (s8: of one quantization). Strides in elements. */
typedef struct ck_select_parameters {
  uint32_t element_bytes;                 /*  0: 1, 2, 4 or 8 */
  uint32_t rank;                          /*  4: 1...6 */
  uint32_t dims[CK_MAX_RANK];             /*  8 */
  uint32_t condition_stride[CK_MAX_RANK]; /* 32 */
  uint32_t a_stride[CK_MAX_RANK];         /* 56 */
  uint32_t b_stride[CK_MAX_RANK];         /* 80 */
} ck_select_parameters;

/* Indices are s32; a negative one counts from the end of the axis that it runs over, one outside of it ends the run with CK_BAD_INDEX. */

/* input [batch, outer, axis, inner], indices [batch, count] -> output [batch, outer, count, inner], any type. */
typedef struct ck_gather_parameters {
  uint32_t batch, outer, axis, count, inner; /*  0 */
  uint32_t element_bytes;                    /* 20: 1, 2, 4 or 8 */
} ck_gather_parameters;

/* Output and indices have `dims`, row-major: output[i] = input[sum over d of (d == index_axis ? indices[i] : i_d) * input_stride[d]]; i_d and
 * indices stay inside the input, whose length along index_axis is axis_size. Strides in elements. */
typedef struct ck_gather_elements_parameters {
  uint32_t element_bytes;             /*  0 */
  uint32_t rank;                      /*  4: 1...6 */
  uint32_t dims[CK_MAX_RANK];         /*  8 */
  uint32_t input_stride[CK_MAX_RANK]; /* 32 */
  uint32_t index_axis, axis_size;     /* 56 */
} ck_gather_elements_parameters;

/* input [batch, size[0], ..., size[depth - 1], slice], indices [batch, count, depth] -> output [batch, count, slice], any type. */
typedef struct ck_gather_nd_parameters {
  uint32_t batch, count, depth, slice; /*  0: depth 1...6 */
  uint32_t element_bytes;              /* 16 */
  uint32_t size[CK_MAX_RANK];          /* 20: 1 past depth */
} ck_gather_nd_parameters;

enum ck_scatter_kind { CK_SCATTER_SET = 0, CK_SCATTER_ADD = 1, CK_SCATTER_MULTIPLY = 2, CK_SCATTER_MAXIMUM = 3, CK_SCATTER_MINIMUM = 4 };
/* Operands: data, indices, updates. The output is the data with updates set or joined in, in the order of the indices. `type` as of
 * BINARY_INT for s32 data, else the data's dtype; other kinds than SET take f32 and s32. */

/* indices and updates have `dims`; update i goes to output[sum over d of (d == index_axis ? indices[i] : i_d) * output_stride[d]]. */
typedef struct ck_scatter_elements_parameters {
  uint64_t count;                      /*  0: elements of data and output */
  uint32_t kind, type;                 /*  8 */
  uint32_t element_bytes;              /* 16 */
  uint32_t rank;                       /* 20: 1...6 */
  uint32_t dims[CK_MAX_RANK];          /* 24 */
  uint32_t output_stride[CK_MAX_RANK]; /* 48 */
  uint32_t index_axis, axis_size;      /* 72 */
} ck_scatter_elements_parameters;

/* data and output [size[0], ..., size[depth - 1], slice], indices [count, depth], updates [count, slice]. */
typedef struct ck_scatter_nd_parameters {
  uint32_t kind, type;          /*  0 */
  uint32_t element_bytes;       /*  8 */
  uint32_t count, depth, slice; /* 12 */
  uint32_t size[CK_MAX_RANK];   /* 24: 1 past depth */
} ck_scatter_nd_parameters;

enum ck_arg_reduce_kind { CK_ARG_MAX = 0, CK_ARG_MIN = 1 };
/* [outer, axis, inner] of f32, s32 or s8 -> s32 [outer, inner]: where the extreme lies, its first place or its last. NaN is more extreme than
 * every number. */
typedef struct ck_arg_reduce_parameters {
  uint32_t kind, outer, axis, inner; /*  0 */
  uint32_t takes_last;               /* 16: 0 or 1 */
  uint32_t type;                     /* 20: the input's dtype */
} ck_arg_reduce_parameters;

/* [outer, axis, inner] of f32, s32 or s8 -> values and s32 indices [outer, k, inner], the most extreme first, equal ones by ascending index.
 * NaN is larger than every number. */
typedef struct ck_top_k_parameters {
  uint32_t outer, axis, inner, k; /*  0 */
  uint32_t takes_largest;         /* 16: 0 or 1 */
  uint32_t type;                  /* 20: the input's dtype */
} ck_top_k_parameters;

/* Running sums along the axis of [outer, axis, inner], f32 or s32; exclusive leaves out the element itself, reverse runs from the end. */
typedef struct ck_cumulative_sum_parameters {
  uint32_t outer, axis, inner;     /*  0 */
  uint32_t is_exclusive, is_reverse; /* 12: 0 or 1 */
  uint32_t type;                   /* 20: F32, or of s32 as of BINARY_INT */
} ck_cumulative_sum_parameters;

/* Local response normalization along the axis of [outer, axis, inner]: x / (bias + alpha * sum of the squares from `before` places before to
 * `after` places behind, inside the axis)^beta. Of s8 the squares are of real values, x - input_zero_point times input_scale. */
typedef struct ck_lrn_parameters {
  uint32_t outer, axis, inner;           /*  0: axis at most 65536 */
  uint32_t before, after;                /* 12: less than axis */
  float alpha, beta, bias;               /* 20 */
  float input_scale;                     /* 32: of s8, as what follows */
  float output_scale_inverse;            /* 36 */
  int32_t input_zero_point, output_zero_point; /* 40 */
  int32_t output_min, output_max;        /* 48 */
} ck_lrn_parameters;

#include "detection.h"

_Static_assert(sizeof(ck_conv2d_add_parameters) <= CK_PARAMETER_BYTES, "parameters of conv2d_s8 with CK_FLAG_ADD");
#define CK_OPCODE(number, NAME, name, parameters) \
  _Static_assert(sizeof(parameters) <= CK_PARAMETER_BYTES, "parameters of " #name);
#include "opcodes.inc"
#undef CK_OPCODE

enum ck_opcode {
#define CK_OPCODE(number, NAME, name, parameters) CK_OP_##NAME = number,
#include "opcodes.inc"
#undef CK_OPCODE
};

#endif
