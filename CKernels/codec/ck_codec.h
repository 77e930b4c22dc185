/* codec/ck_codec.h - the body of ck/codec.h, 16 elements at a time, in vectors of the width that the instance's file asks for. */
#ifndef CK_CODEC_BODY_H
#define CK_CODEC_BODY_H

#include "../float/ck_lanes.h"

#include "ck/codec.h"

enum { ck_block = CK_LANES };
typedef uint8_t ck_u8v __attribute__((vector_size(CK_WIDTH)));

/* Means and inverse deviations of a line that repeat every `period` elements, a multiple of the channels and at least a block; a block
 * that begins anywhere in the period is contiguous. */
enum { ck_codec_channels = 64, ck_codec_pattern = ck_codec_channels + ck_block };
typedef struct ck_normalization {
  float mean[ck_codec_pattern], inverse_std[ck_codec_pattern];
  size_t period;
} ck_normalization;

CK_F32_FUNCTION void ck_repeat(ck_normalization *n, const float *mean, const float *inverse_std, size_t channels) {
  n->period = channels >= ck_block ? channels : ((size_t)ck_block + channels - 1) / channels * channels;
  for (size_t i = 0, channel = 0; i < n->period + ck_block - 1; i++) {
    n->mean[i] = mean[channel];
    n->inverse_std[i] = inverse_std[channel];
    if (++channel == channels) channel = 0;
  }
}

/* Rounding as ck_round_s32 does it: the low byte of x + 1.5 * 2^23 is that of the integer. */
CK_F32_BODY void ck_encode_block(uint8_t bytes[ck_block], const ck_lanes *value, const ck_codec *c) {
  const float low = (float)(c->least - c->zero_point), high = (float)(c->greatest - c->zero_point);
  for (size_t k = 0; k < CK_VECTORS; k++) {
    const ck_f32v clamped = ck_f32v_clamp(value->v[k] * ck_f32v_splat(c->inverse_scale), low, high);
    const ck_s32v q = ((ck_s32v)(clamped + ck_f32v_splat(0x1.8p23f)) + c->zero_point) ^ c->xor;
    const ck_u8v low_bytes = __builtin_convertvector(q, ck_u8v);
    __builtin_memcpy(bytes + k * CK_WIDTH, &low_bytes, sizeof low_bytes);
  }
}

CK_F32_BODY bool ck_encode_line(
    const ck_codec *codec, const ck_normalization *normalization, const float *x, uint8_t *bytes, size_t count, size_t stride) {
  const ck_codec c = *codec;
  ck_s32v unordered = {0};
  size_t i = 0, phase = 0;
  for (; i + ck_block <= count; i += ck_block) {
    ck_lanes value = ck_lanes_load(x + i);
    if (normalization != NULL) {
      const ck_lanes mean = ck_lanes_load(normalization->mean + phase), inverse_std = ck_lanes_load(normalization->inverse_std + phase);
      for (size_t k = 0; k < CK_VECTORS; k++) value.v[k] = (value.v[k] - mean.v[k]) * inverse_std.v[k];
      phase += ck_block;
      if (phase >= normalization->period) phase -= normalization->period;
    }
    for (size_t k = 0; k < CK_VECTORS; k++) unordered |= value.v[k] != value.v[k];
    if (stride == 1) {
      ck_encode_block(bytes + i, &value, &c);
    } else {
      uint8_t block[ck_block], *at = bytes + i * stride;
      ck_encode_block(block, &value, &c);
      for (size_t j = 0; j < ck_block; j++) at[j * stride] = block[j];
    }
  }
  bool is_unordered = false;
  for (size_t j = 0; j < CK_WIDTH; j++) is_unordered |= unordered[j] != 0;
  for (; i < count; i++) {
    float value = x[i];
    if (normalization != NULL) {
      value = (value - normalization->mean[phase]) * normalization->inverse_std[phase];
      if (++phase == normalization->period) phase = 0;
    }
    is_unordered |= value != value;
    bytes[i * stride] = (uint8_t)ck_quantize_s8(value * c.inverse_scale, c.zero_point, c.least, c.greatest) ^ c.xor;
  }
  return is_unordered;
}

/* Elements of a line taken before the next line's: lines that interleave in the arena then meet in the first-level cache. */
enum { ck_codec_stretch = 1024 };

CK_F32_BODY bool ck_encode_lines(
    const ck_codec *codec, const ck_codec_block *block, const float *x, uint8_t *bytes, size_t stride) {
  bool unordered = false;
  ck_normalization normalization;
  const size_t step = block->inner_channel != 0 ? ck_codec_channels : ck_codec_stretch;
  for (size_t begin = 0; begin < block->inner; begin += step) {
    const size_t left = block->inner - begin, count = left < step ? left : step;
    for (size_t o = 0; o < block->outer; o++) {
      /* The pairs change from line to line, or from stretch to stretch, or never. */
      if (block->mean != NULL && (o == 0 || block->outer_channel != 0)) {
        const size_t channel = o * block->outer_channel + begin * block->inner_channel;
        ck_repeat(&normalization, block->mean + channel, block->inverse_std + channel, block->inner_channel != 0 ? count : 1);
      }
      unordered |= ck_encode_line(
          codec, block->mean != NULL ? &normalization : NULL, x + o * block->inner + begin,
          bytes + o * block->outer_stride + begin * stride, count, stride);
    }
  }
  return unordered;
}

CK_F32_BODY bool ck_encode(const ck_codec *codec, const ck_codec_block *block, const float *x, uint8_t *bytes) {
  if (block->inner_stride != 1) return ck_encode_lines(codec, block, x, bytes, block->inner_stride);
  if (block->inner_channel == 0 || block->outer_stride != block->inner || block->inner > ck_codec_channels) {
    return ck_encode_lines(codec, block, x, bytes, 1);
  }
  /* Pixels of interleaved channels side by side: one line. */
  ck_normalization normalization;
  ck_repeat(&normalization, block->mean, block->inverse_std, block->inner);
  return ck_encode_line(codec, &normalization, x, bytes, block->outer * block->inner, 1);
}

CK_F32_BODY void ck_decode_line(const ck_codec *codec, const uint8_t *bytes, size_t stride, float *x, size_t count) {
  const float scale = codec->scale;
  /* The bytes as unsigned values, signed ones shifted by 128. */
  const uint8_t flip = codec->least < 0 ? codec->xor ^ 0x80 : codec->xor;
  const int32_t zero = codec->zero_point - codec->least;
  size_t i = 0;
  for (; i + ck_block <= count; i += ck_block) {
    uint8_t block[ck_block];
    if (stride == 1) {
      __builtin_memcpy(block, bytes + i, ck_block);
    } else {
      const uint8_t *at = bytes + i * stride;
      for (size_t j = 0; j < ck_block; j++) block[j] = at[j * stride];
    }
    for (size_t k = 0; k < CK_VECTORS; k++) {
      ck_u8v stored;
      __builtin_memcpy(&stored, block + k * CK_WIDTH, sizeof stored);
      const ck_s32v q = (__builtin_convertvector(stored, ck_s32v) ^ flip) - zero;
      ck_f32v_store(x + i + k * CK_WIDTH, __builtin_convertvector(q, ck_f32v) * ck_f32v_splat(scale));
    }
  }
  for (; i < count; i++) x[i] = (float)((bytes[i * stride] ^ flip) - zero) * scale;
}

CK_F32_BODY void ck_decode_lines(const ck_codec *codec, const ck_codec_block *block, const uint8_t *bytes, float *x, size_t stride) {
  for (size_t begin = 0; begin < block->inner; begin += ck_codec_stretch) {
    const size_t left = block->inner - begin, count = left < ck_codec_stretch ? left : ck_codec_stretch;
    for (size_t o = 0; o < block->outer; o++) {
      ck_decode_line(codec, bytes + o * block->outer_stride + begin * stride, stride, x + o * block->inner + begin, count);
    }
  }
}

CK_F32_BODY void ck_decode(const ck_codec *codec, const ck_codec_block *block, const uint8_t *bytes, float *x) {
  if (block->inner_stride == 1) ck_decode_lines(codec, block, bytes, x, 1);
  else ck_decode_lines(codec, block, bytes, x, block->inner_stride);
}

/* The two functions of an instruction set. */
#define CK_CODEC_INSTANCE(isa) \
  CK_F32_TARGET bool ck_encode__##isa(const ck_codec *codec, const ck_codec_block *block, const float *x, uint8_t *bytes) { \
    return ck_encode(codec, block, x, bytes); \
  } \
  CK_F32_TARGET void ck_decode__##isa(const ck_codec *codec, const ck_codec_block *block, const uint8_t *bytes, float *x) { \
    ck_decode(codec, block, bytes, x); \
  }
#define CK_CODEC_DECLARATION(isa) \
  bool ck_encode__##isa(const ck_codec *codec, const ck_codec_block *block, const float *x, uint8_t *bytes); \
  void ck_decode__##isa(const ck_codec *codec, const ck_codec_block *block, const uint8_t *bytes, float *x);
CK_CODEC_DECLARATION(scalar)
CK_CODEC_DECLARATION(avx2)
CK_CODEC_DECLARATION(avx512vnni)

#endif
