/* quantize/ck_weighted_s16.h - what CONV2D_S16, DWCONV2D_S16 and GEMM_S16 share: their checks, the scalar products and epilogue.
 *
 * Constants: [0] weights s8, [1] bias s64, [2] sum of weights s32, [3] scale f32. Side arrays hold 16 entries a panel.
 * acc[n] = bias[n] + sum of x * w, exactly: at most CK_S16_MAX_DEPTH products of magnitude 2^22, a bias of at most CK_S16_MAX_BIAS. */
#ifndef CK_WEIGHTED_S16_H
#define CK_WEIGHTED_S16_H

#include "ck_requantize.h"
#include "ck_s16.h"

/* What the three take. Weights that reach -128 and scales of 1 and more ask nothing of these kernels. */
#define CK_WEIGHTED_S16_FLAGS (CK_FLAG_FULL_RANGE | CK_FLAG_LARGE_SCALE | CK_FLAG_F32_OUTPUT | CK_FLAG_S8_OUTPUT)

/* Zero points, the clamp that the output's type uses, and one output type; `at`: byte of input_zero_point within the parameters. */
ck_fault ck_check_quantization_s16(const ck_instruction *instruction, size_t at);
/* The s16 input of `inputs` elements, the output of `outputs`. */
ck_fault ck_check_weighted_operands_s16(
    const ck_instruction *instruction, const ck_tensor *const *operands, uint64_t inputs, uint64_t outputs);
/* The four arrays: `weight_bytes`, and three of 16 * panels entries. */
ck_fault ck_check_weighted_constants_s16(const ck_instruction *instruction, uint64_t weight_bytes, uint64_t panels);
/* Scales of `groups` x `channels` entries, each group padded to a multiple of 16: 0 < scale <= 2^64, in the padding 0 too; every bias in range. */
ck_fault ck_check_side_arrays_s16(const ck_instruction *instruction, const uint8_t *const *constants, uint32_t groups, uint32_t channels);

/* Where the accumulators of a layer go. */
typedef struct ck_sink {
  const uint8_t *scale; /* of the first panel */
  const uint8_t *bias;
  ck_levels levels;     /* `at` of f32 outputs too */
  float float_min, float_max;
  bool f32;
} ck_sink;
static inline ck_sink ck_sink_of(const ck_bound *bound, size_t at) {
  const ck_quantization q = ck_quantization_at(bound->instruction, at);
  const bool s8 = (bound->instruction->flags & CK_FLAG_S8_OUTPUT) != 0;
  return (ck_sink){
      .scale = bound->constant[3],
      .bias = bound->constant[1],
      .levels = {bound->operand[1], s8, bound->operand_xor[1], q.output_zero_point, q.output_min, q.output_max},
      .float_min = q.float_min,
      .float_max = q.float_max,
      .f32 = (bound->instruction->flags & CK_FLAG_F32_OUTPUT) != 0};
}

static inline int64_t ck_load_s64(const uint8_t *x) {
  int64_t value;
  __builtin_memcpy(&value, x, sizeof value);
  return value;
}
/* Stores the sum of products of side-array entry `entry` as output element `index`. */
static inline void ck_sink_store(const ck_sink *s, int64_t sum, size_t entry, size_t index) {
  const float value = ck_float_s64(sum + ck_load_s64(s->bias + 8 * entry)) * ck_load_f32(s->scale + 4 * entry);
  if (s->f32) ck_store_f32(s->levels.at + 4 * index, ck_clamp_f32(value, s->float_min, s->float_max));
  else ck_store_level(&s->levels, index, value);
}
/* The same of the first `count` of 16 entries from `entry` on; all 16 entries are read. */
CK_BODY void ck_sink_store_block(const ck_sink *s, const int64_t sum[ck_block], size_t entry, size_t index, size_t count) {
  int64_t total[ck_block];
  float scale[ck_block], value[ck_block];
  __builtin_memcpy(total, s->bias + 8 * entry, sizeof total);
  __builtin_memcpy(scale, s->scale + 4 * entry, sizeof scale);
  for (size_t i = 0; i < ck_block; i++) value[i] = ck_float_s64(total[i] + sum[i]) * scale[i];
  if (s->f32) {
    for (size_t i = 0; i < ck_block; i++) value[i] = ck_clamp_f32(value[i], s->float_min, s->float_max);
    __builtin_memcpy(s->levels.at + 4 * index, value, 4 * count);
    return;
  }
  ck_store_level_block(&s->levels, index, value, count);
}

/* sum[n] += sum over i < count of x[i] * w[i / 4][n][i % 4], x words. */
static inline void ck_dot_c4x16_s16(int64_t sum[16], const uint8_t *x, size_t count, const uint8_t *weights) {
  for (size_t i = 0; i < count; i++) {
    const int32_t value = ck_load_s16(x + 2 * i);
    for (size_t n = 0; n < 16; n++) sum[n] += value * (int8_t)weights[i / 4 * 64 + 4 * n + i % 4];
  }
}

#endif
