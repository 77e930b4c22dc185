/* ck/codec.h - floats of the caller to the bytes of a quantized tensor and back: what a session does at its edges, where no instruction stands.
 * The same bytes from every instruction set. */
#ifndef CK_CODEC_H
#define CK_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa.h"

/* q = clamp(rne(x * inverse_scale) + zero_point, least, greatest); x = (q - zero_point) * scale. */
typedef struct ck_codec {
  float scale, inverse_scale;
  int32_t zero_point;
  int32_t least, greatest; /* -128, 127 of s8; 0, 255 of u8 */
  uint8_t xor;             /* stored byte = (uint8_t)q ^ xor */
} ck_codec;

/* outer x inner elements that lie together for the caller; the byte of (o, i) is at o * outer_stride + i * inner_stride. */
typedef struct ck_codec_block {
  size_t outer, inner;
  size_t outer_stride, inner_stride;
  /* Encoding only: x is first (x - mean[c]) * inverse_std[c], c being o * outer_channel + i * inner_channel (one of the two 0, the
   * other 0 or 1). NULL: it is not. */
  const float *mean, *inverse_std;
  size_t outer_channel, inner_channel;
} ck_codec_block;

typedef struct ck_codec_kernels {
  /* Whether a value, normalized, is not a number: the bytes of such ones are then any. */
  bool (*encode)(const ck_codec *codec, const ck_codec_block *block, const float *x, uint8_t *bytes);
  void (*decode)(const ck_codec *codec, const ck_codec_block *block, const uint8_t *bytes, float *x);
} ck_codec_kernels;

/* A block's elements as the caller has them, `caller` being a ck_dtype, to those of the tensor, `stored`: as they are, bytes ^ xor, or where the
 * tensor's are s32 and the caller's s8, u8, s16 or s64, as the same integers. Returns the first element that s32 does not hold, SIZE_MAX where there
 * is none. Strides count elements. */
size_t ck_store_elements(
    const ck_codec_block *block, uint32_t caller, uint32_t stored, uint8_t xor, const uint8_t *values, uint8_t *tensor);
/* And back; integers keep their low bits. */
void ck_load_elements(
    const ck_codec_block *block, uint32_t caller, uint32_t stored, uint8_t xor, const uint8_t *tensor, uint8_t *values);

/* Those of an instruction set that the CPU has. */
ck_codec_kernels ck_codec_kernels_of(ck_isa isa);

#endif
