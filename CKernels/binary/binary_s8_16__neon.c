#include "../isa/ck_fp.h"

#include "binary_s8.h"

#if CK_ARCH_ARM64
#include "../gemm/ck_epilogue_neon.h"

typedef struct binary {
  int8x16_t a_zero_point, b_zero_point; /* the same in every lane, which clang must not know: it would take their halves apart */
  float32x4_t a_scale, b_scale;
  ck_epilogue_neon epilogue;
} binary;

CK_INLINE_NEON int8x16_t opaque(int8x16_t x) {
  __asm__("" : "+w"(x));
  return x;
}

CK_INLINE_NEON int32x4_t rounded(const binary *p, uint32_t kind, int16x4_t x, int16x4_t y) {
  if (kind == CK_BINARY_MULTIPLY) return vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(vmull_s16(x, y)), p->a_scale));
  const float32x4_t a = vmulq_f32(vcvtq_f32_s32(vmovl_s16(x)), p->a_scale), b = vmulq_f32(vcvtq_f32_s32(vmovl_s16(y)), p->b_scale);
  return vcvtnq_s32_f32(kind == CK_BINARY_ADD ? vaddq_f32(a, b) : vsubq_f32(a, b));
}

/* Eight elements: conversions and narrowing saturate, so that the clamp may follow them. */
CK_INLINE_NEON int16x8_t half(const binary *p, uint32_t kind, int16x8_t x, int16x8_t y) {
  const int32x4_t low = rounded(p, kind, vget_low_s16(x), vget_low_s16(y)), high = rounded(p, kind, vget_high_s16(x), vget_high_s16(y));
  return vqaddq_s16(vqmovn_high_s32(vqmovn_s32(low), high), p->epilogue.zero_point);
}

CK_INLINE_NEON int8x16_t block(const binary *p, uint32_t kind, int8x16_t a, int8x16_t b) {
  const int8x16_t az = p->a_zero_point, bz = p->b_zero_point;
  const int16x8_t low = half(p, kind, vsubl_s8(vget_low_s8(a), vget_low_s8(az)), vsubl_s8(vget_low_s8(b), vget_low_s8(bz)));
  const int16x8_t high = half(p, kind, vsubl_high_s8(a, az), vsubl_high_s8(b, bz));
  return vminq_s8(vmaxq_s8(vqmovn_high_s16(vqmovn_s16(low), high), p->epilogue.low), p->epilogue.high);
}

/* `kind` is a constant where this is inlined. */
CK_INLINE_NEON void run(const binary *p, uint32_t kind, const int8_t *a, const int8_t *b, int8_t *out, size_t count) {
  for (const int8_t *const end = a + count / 16 * 16; a != end;) {
    vst1q_s8(out, block(p, kind, vld1q_s8(a), vld1q_s8(b)));
    a += 16;
    b += 16;
    out += 16;
    CK_OPAQUE(a);
    CK_OPAQUE(b);
    CK_OPAQUE(out);
  }
  count %= 16;
  if (count == 0) return;
  int8_t x[16] = {0}, y[16] = {0};
  __builtin_memcpy(x, a, count);
  __builtin_memcpy(y, b, count);
  ck_store_bytes_neon(block(p, kind, vld1q_s8(x), vld1q_s8(y)), count, (uint8_t *)out);
}

enum ck_status ck_binary_s8_16__neon(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_binary_parameters, p, bound->instruction);
  const ck_quantization q = {.output_zero_point = p.output_zero_point, .output_min = p.output_min, .output_max = p.output_max};
  const binary shared = {
      opaque(vdupq_n_s8(p.a_zero_point)), opaque(vdupq_n_s8(p.b_zero_point)), vdupq_n_f32(p.a_scale), vdupq_n_f32(p.b_scale),
      ck_epilogue_neon_of(&q)};
  const size_t columns = p.dims[ck_binary_last(&p)], begin = 16 * (size_t)range.panel_begin;
  const size_t end = 16 * (size_t)range.panel_end < columns ? 16 * (size_t)range.panel_end : columns;
  if (begin >= end) return CK_OK;
  /* Operands lie like the output: whole rows are one run. */
  const bool whole = begin == 0 && end == columns;
  const size_t count = whole ? (range.row_end - range.row_begin) * columns : end - begin;
  const size_t row_end = whole && range.row_begin < range.row_end ? range.row_begin + 1 : range.row_end;
  for (size_t row = range.row_begin; row < row_end; row++) {
    const size_t at = row * columns + begin;
    const int8_t *a = (const int8_t *)bound->operand[0] + at, *b = (const int8_t *)bound->operand[1] + at;
    int8_t *out = (int8_t *)bound->operand[2] + at;
    if (p.kind == CK_BINARY_ADD) run(&shared, CK_BINARY_ADD, a, b, out, count);
    else if (p.kind == CK_BINARY_SUBTRACT) run(&shared, CK_BINARY_SUBTRACT, a, b, out, count);
    else run(&shared, CK_BINARY_MULTIPLY, a, b, out, count);
  }
  return CK_OK;
}

#endif
