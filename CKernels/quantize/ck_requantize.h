/* quantize/ck_requantize.h - what CONV2D_S8, DWCONV2D_S8 and GEMM_S8 share: quantization parameters, side arrays, the scalar epilogue.
 *
 * Constants: [0] weights s8, [1] bias s32, [2] sum of weights s32, [3] scale f32. Side arrays hold 16 entries a panel. */
#ifndef CK_REQUANTIZE_H
#define CK_REQUANTIZE_H

#include "../isa/ck_fp.h"

#include "../check/ck_check.h"
#include "../isa/ck_target.h"

/* What an instruction asks of a kernel, as bits of ck_variant.traits; operators add their own from 1 << 8. */
enum ck_weighted_traits {
  CK_TRAIT_WEIGHT_ZERO_POINT = 1, /* weight_zero_point != 0: a row-sum term */
  CK_TRAIT_FULL_RANGE = 2,        /* weights reach -128 */
  CK_TRAIT_LARGE_SCALE = 4,       /* a scale >= 1: clamp in f32 before the conversion */
  CK_TRAIT_F32_OUTPUT = 8,
  CK_TRAIT_CONSTANT_INPUT = 16,   /* the input's bytes are not in the arena's domain */
  CK_TRAIT_ADD = 32               /* CK_FLAG_ADD */
};

/* What the three take. */
#define CK_WEIGHTED_FLAGS (CK_FLAG_FULL_RANGE | CK_FLAG_LARGE_SCALE | CK_FLAG_F32_OUTPUT)
/* The form of those that take CK_FLAG_ADD, too. */
static inline ck_form ck_weighted_form(const ck_instruction *instruction, size_t parameter_bytes) {
  const bool adds = (instruction->flags & CK_FLAG_ADD) != 0;
  return (ck_form){
      adds ? 2 : 1, 1, 4, CK_WEIGHTED_FLAGS | CK_FLAG_ADD, (uint16_t)(parameter_bytes + (adds ? sizeof(ck_add_parameters) : 0))};
}

/* The run of fields that ck_conv2d_parameters and ck_gemm_parameters have in common. */
typedef struct ck_quantization {
  int32_t input_zero_point, weight_zero_point, output_zero_point;
  int32_t output_min, output_max;
  float float_min, float_max;
} ck_quantization;
#define CK_SHARES_QUANTIZATION(type) \
  _Static_assert(offsetof(type, float_max) - offsetof(type, input_zero_point) == offsetof(ck_quantization, float_max), #type)
CK_SHARES_QUANTIZATION(ck_conv2d_parameters);
CK_SHARES_QUANTIZATION(ck_gemm_parameters);

/* `at`: byte of input_zero_point within the parameters. */
static inline ck_quantization ck_quantization_at(const ck_instruction *instruction, size_t at) {
  ck_quantization q;
  __builtin_memcpy(&q, instruction->parameters + at, sizeof q);
  return q;
}

/* With CK_FLAG_ADD: what follows the quantization, which ends the parameters of both operators. */
_Static_assert(offsetof(ck_conv2d_parameters, input_zero_point) + sizeof(ck_quantization) == offsetof(ck_conv2d_add_parameters, add), "add");
_Static_assert(offsetof(ck_gemm_parameters, input_zero_point) + sizeof(ck_quantization) == offsetof(ck_gemm_add_parameters, add), "add");
static inline ck_add_parameters ck_add_at(const ck_instruction *instruction, size_t at) {
  ck_add_parameters add;
  __builtin_memcpy(&add, instruction->parameters + at + sizeof(ck_quantization), sizeof add);
  return add;
}
/* The bits of the layer's bounds less its zero point, the lower one with a sign even where it is 0. */
static inline void ck_add_bounds(const ck_quantization *q, int32_t *low, int32_t *high) {
  const float least = -(float)(q->output_zero_point - q->output_min), greatest = (float)(q->output_max - q->output_zero_point);
  __builtin_memcpy(low, &least, sizeof least);
  __builtin_memcpy(high, &greatest, sizeof greatest);
}
/* The residual, NULL without CK_FLAG_ADD; the output, which comes after all inputs. */
static inline const uint8_t *ck_residual_of(const ck_bound *bound) {
  return bound->instruction->flags & CK_FLAG_ADD ? bound->operand[1] : NULL;
}
static inline uint8_t *ck_weighted_output(const ck_bound *bound) { return bound->operand[bound->instruction->flags & CK_FLAG_ADD ? 2 : 1]; }

/* Zero points, the clamp that the output's type uses, and what CK_FLAG_ADD adds. */
ck_fault ck_check_quantization(const ck_instruction *instruction, size_t at);
/* The s8 input of `inputs` elements, with CK_FLAG_ADD the residual and else or then the s8 or f32 output of `outputs`. */
ck_fault ck_check_weighted_operands(
    const ck_instruction *instruction, const ck_tensor *const *operands, uint64_t inputs, uint64_t outputs);
/* The four arrays: `weight_bytes`, and three of 16 * panels entries. */
ck_fault ck_check_weighted_constants(const ck_instruction *instruction, uint64_t weight_bytes, uint64_t panels);
/* Scales of `groups` x `channels` entries, each group padded to a multiple of 16: 0 < scale < 1, up to 2^64 where the instruction is marked
 * CK_FLAG_LARGE_SCALE or its output is f32; in the padding 0 too. */
ck_fault ck_check_scales(const ck_instruction *instruction, const uint8_t *const *constants, uint32_t groups, uint32_t channels);
uint32_t ck_weighted_traits(const ck_instruction *instruction, size_t at, uint8_t input_xor);

/* The scalar epilogue. */
typedef struct ck_requantize {
  ck_quantization q;
  const uint8_t *scale;
  uint8_t *output;
  uint8_t output_xor;
  bool f32;
  const uint8_t *residual; /* NULL: none */
  uint8_t residual_xor;
  ck_add_parameters add;
} ck_requantize;
static inline ck_requantize ck_requantize_of(const ck_bound *bound, size_t at) {
  const uint8_t *residual = ck_residual_of(bound);
  ck_requantize r = {
      .q = ck_quantization_at(bound->instruction, at),
      .scale = bound->constant[3],
      .output = ck_weighted_output(bound),
      .output_xor = bound->operand_xor[residual != NULL ? 2 : 1],
      .f32 = (bound->instruction->flags & CK_FLAG_F32_OUTPUT) != 0,
      .residual = residual,
      .residual_xor = bound->operand_xor[1]};
  if (residual != NULL) r.add = ck_add_at(bound->instruction, at);
  return r;
}
/* Stores the accumulator of side-array entry `entry` as output element `index`. */
static inline void ck_requantize_store(const ck_requantize *r, uint32_t accumulator, size_t entry, size_t index) {
  const float value = (float)(int32_t)accumulator * ck_load_f32(r->scale + 4 * entry);
  if (r->f32) {
    ck_store_f32(r->output + 4 * index, ck_clamp_f32(value, r->q.float_min, r->q.float_max));
    return;
  }
  int32_t q = ck_quantize_s8(value, r->q.output_zero_point, r->q.output_min, r->q.output_max);
  if (r->residual != NULL) {
    const ck_add_parameters *add = &r->add;
    const int32_t other = (int8_t)(r->residual[index] ^ r->residual_xor) - add->residual_zero_point;
    const float layer = (float)(q - r->q.output_zero_point) * add->layer_scale, residual = (float)other * add->residual_scale;
    q = ck_quantize_s8(layer + residual, add->sum_zero_point, add->sum_min, add->sum_max);
  }
  r->output[index] = (uint8_t)q ^ r->output_xor;
}

/* The 16 accumulators of a panel at their start: the bias. Sums wrap modulo 2^32 in every kernel, so that no file can make their order matter. */
static inline void ck_load_bias(uint32_t accumulator[16], const uint8_t *bias, size_t panel) {
  __builtin_memcpy(accumulator, bias + 64 * panel, 64);
}

/* accumulator[n] += sum over i < count of (x[i] - input zero point) * (w[i / 4][n][i % 4] - weight zero point); s8 value = x ^ xor. */
static inline void ck_dot_c4x16(
    uint32_t accumulator[16], const uint8_t *x, size_t count, uint8_t xor, const uint8_t *weights, const ck_quantization *q) {
  for (size_t i = 0; i < count; i += 4, weights += 64) {
    int32_t quad[4] = {0, 0, 0, 0};
    for (size_t j = 0; j < 4 && i + j < count; j++) quad[j] = (int8_t)(x[i + j] ^ xor) - q->input_zero_point;
    for (size_t n = 0; n < 16; n++) {
      for (size_t j = 0; j < 4; j++) {
        accumulator[n] += (uint32_t)(quad[j] * ((int8_t)weights[4 * n + j] - q->weight_zero_point));
      }
    }
  }
}

#endif
