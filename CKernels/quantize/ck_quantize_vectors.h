/* quantize/ck_quantize_vectors.h - float32 to s8 and back, a vector of elements at a time. */
#ifndef CK_QUANTIZE_VECTORS_H
#define CK_QUANTIZE_VECTORS_H

#include "../isa/ck_bytes.h"

#include "dequantize_s8_f32.h"
#include "quantize_f32_s8.h"

#if CK_HAS_BYTES

CK_BYTES_BODY enum ck_status ck_quantize_f32_s8_vectors(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_quantize_parameters, p, bound->instruction);
  const uint8_t *x = bound->operand[0], xor = bound->operand_xor[1];
  uint8_t *out = bound->operand[1];
  const float low = (float)(-128 - p.zero_point), high = (float)(127 - p.zero_point);
  size_t i = 16 * (size_t)range.panel_begin;
  const size_t end = 16 * (size_t)range.panel_end < p.count ? 16 * (size_t)range.panel_end : p.count;
  for (; i + CK_BYTES <= end; i += CK_BYTES) {
    ck_quad value = ck_quad_load(x + 4 * i);
    CK_UNROLL for (int j = 0; j < 4; j++) value.v[j] = ck_floats_clamp(ck_floats_multiply(value.v[j], ck_floats_splat(p.scale)), low, high);
    ck_bytes_store(out + i, ck_bytes_change(ck_bytes_of_floats(&value, p.zero_point, -128, 127), xor), CK_BYTES);
  }
  for (; i < end; i++) out[i] = (uint8_t)ck_quantize_s8(ck_load_f32(x + 4 * i) * p.scale, p.zero_point, -128, 127) ^ xor;
  return CK_OK;
}

CK_BYTES_BODY enum ck_status ck_dequantize_s8_f32_vectors(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_quantize_parameters, p, bound->instruction);
  const uint8_t *x = bound->operand[0], xor = bound->operand_xor[0];
  uint8_t *out = bound->operand[1];
  size_t i = 16 * (size_t)range.panel_begin;
  const size_t end = 16 * (size_t)range.panel_end < p.count ? 16 * (size_t)range.panel_end : p.count;
  for (; i + CK_BYTES <= end; i += CK_BYTES) {
    ck_quad value = ck_bytes_to_floats(ck_bytes_change(ck_bytes_load(x + i, CK_BYTES), xor), p.zero_point);
    CK_UNROLL for (int j = 0; j < 4; j++) value.v[j] = ck_floats_multiply(value.v[j], ck_floats_splat(p.scale));
    ck_quad_store(out + 4 * i, &value);
  }
  for (; i < end; i++) ck_store_f32(out + 4 * i, (float)((int8_t)(x[i] ^ xor) - p.zero_point) * p.scale);
  return CK_OK;
}

#endif
#endif
