/* Floats to bytes and back at a session's edges: every instruction set against one element at a time. */
#include <stdio.h>
#include <string.h>

#include "isa/ck_fp.h"
#include "kernels.h"

enum { max_elements = 6000, max_dim = 90 };
static float x[max_elements], back[max_elements], expected_back[max_elements], mean[max_dim * max_dim], inverse_std[max_dim * max_dim];
static uint8_t bytes[max_elements], expected[max_elements];

static float random_value(void) {
  const float special[] = {0.0f, -0.0f, 0.5f, -0.5f, 1.5f, 2.5f, 1e30f, -1e30f, __builtin_inff(), -__builtin_inff()};
  return one_in(6) ? special[random_in(0, 9)] : (float)random_in(-1000000, 1000000) * 3e-4f;
}

static bool encode_plainly(const ck_codec *c, const ck_codec_block *b) {
  bool unordered = false;
  for (size_t o = 0; o < b->outer; o++) {
    for (size_t i = 0; i < b->inner; i++) {
      float v = x[o * b->inner + i];
      const size_t channel = o * b->outer_channel + i * b->inner_channel;
      if (b->mean != NULL) v = (v - b->mean[channel]) * b->inverse_std[channel];
      unordered = unordered || v != v;
      expected[o * b->outer_stride + i * b->inner_stride] =
          (uint8_t)ck_quantize_s8(v * c->inverse_scale, c->zero_point, c->least, c->greatest) ^ c->xor;
    }
  }
  return unordered;
}

static void decode_plainly(const ck_codec *c, const ck_codec_block *b) {
  for (size_t o = 0; o < b->outer; o++) {
    for (size_t i = 0; i < b->inner; i++) {
      const uint8_t byte = expected[o * b->outer_stride + i * b->inner_stride] ^ c->xor;
      expected_back[o * b->inner + i] = (float)((c->least < 0 ? (int8_t)byte : byte) - c->zero_point) * c->scale;
    }
  }
}

static ck_codec_block random_block(void) {
  ck_codec_block b = {.outer = (size_t)(one_in(3) ? 1 : random_in(1, one_in(2) ? 4 : max_dim))};
  b.inner = (size_t)random_in(1, one_in(4) ? max_elements / (int)b.outer : one_in(2) ? 4 : max_elements / max_dim);
  if (b.outer * b.inner > max_elements) b.inner = max_elements / b.outer;
  const bool transposed = one_in(2);
  b.outer_stride = transposed ? 1 : b.inner, b.inner_stride = transposed ? b.outer : 1;
  if (one_in(2)) {
    b.mean = mean, b.inverse_std = inverse_std;
    if (one_in(2)) b.outer_channel = 1;
    else if (one_in(2)) b.inner_channel = 1;
  }
  return b;
}

long check_codec(int rounds) {
  long failures = 0;
  for (size_t i = 0; i < sizeof mean / sizeof mean[0]; i++) {
    mean[i] = (float)random_in(-100, 100), inverse_std[i] = (float)random_in(1, 100) * 0.05f;
  }
  for (int round = 0; round < rounds; round++) {
    const ck_codec_block b = random_block();
    const bool is_unsigned = one_in(3);
    ck_codec c = {.scale = (float)random_in(1, 3000) * 1e-3f, .least = is_unsigned ? 0 : -128, .greatest = is_unsigned ? 255 : 127};
    c.inverse_scale = 1 / c.scale;
    c.zero_point = random_in(c.least, c.greatest);
    c.xor = is_unsigned ? 0 : CK_ARENA_XOR;
    const size_t count = b.outer * b.inner;
    for (size_t i = 0; i < count; i++) x[i] = random_value();
    /* Infinities less or times a finite number are no NaN: those come alone. */
    const bool has_nan = one_in(3);
    if (has_nan) x[random_in(0, (int)count - 1)] = __builtin_nanf("");
    const bool unordered = encode_plainly(&c, &b);
    decode_plainly(&c, &b);
    for (unsigned isa = 0; isa < CK_ISA_COUNT; isa++) {
      if (!(ck_isa_available() >> isa & 1)) continue;
      const ck_codec_kernels kernels = ck_codec_kernels_of((ck_isa)isa);
      memset(bytes, 0x5A, sizeof bytes);
      const bool answer = kernels.encode(&c, &b, x, bytes);
      /* The byte of a NaN is any. */
      bool equal = answer == unordered && answer == has_nan && (has_nan || memcmp(bytes, expected, count) == 0);
      for (size_t i = count; i < sizeof bytes; i++) equal = equal && bytes[i] == 0x5A;
      memset(back, 0x5A, sizeof back);
      kernels.decode(&c, &b, expected, back);
      equal = equal && memcmp(back, expected_back, 4 * count) == 0;
      if (equal) continue;
      failures++;
      printf("codec: %s: %zu x %zu, strides %zu %zu, channels %zu %zu differs\n", ck_isa_name((ck_isa)isa), b.outer, b.inner, b.outer_stride,
             b.inner_stride, b.outer_channel, b.inner_channel);
    }
  }
  return failures;
}
