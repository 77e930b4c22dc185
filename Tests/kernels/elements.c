/* Raw elements of the caller to a tensor and back, every pair of types, against one element at a time. */
#include <stdio.h>
#include <string.h>

#include "kernels.h"

enum { most = 40 };
static const struct {
  uint32_t caller, stored;
  size_t size, width;
} pairs[] = {
    {CK_DTYPE_S8, CK_DTYPE_S8, 1, 1},   {CK_DTYPE_U8, CK_DTYPE_S8, 1, 1},   {CK_DTYPE_BOOL, CK_DTYPE_BOOL, 1, 1},
    {CK_DTYPE_S16, CK_DTYPE_S16, 2, 2}, {CK_DTYPE_S32, CK_DTYPE_S32, 4, 4}, {CK_DTYPE_F32, CK_DTYPE_F32, 4, 4},
    {CK_DTYPE_S64, CK_DTYPE_S64, 8, 8}, {CK_DTYPE_S8, CK_DTYPE_S32, 1, 4},  {CK_DTYPE_U8, CK_DTYPE_S32, 1, 4},
    {CK_DTYPE_S16, CK_DTYPE_S32, 2, 4}, {CK_DTYPE_S64, CK_DTYPE_S32, 8, 4}};
enum { pair_count = sizeof pairs / sizeof pairs[0] };

/* Little-endian, sign-extended where the type has a sign. */
static int64_t value_of(uint32_t dtype, const uint8_t *at, size_t size) {
  uint64_t bits = 0;
  for (size_t i = 0; i < size; i++) bits |= (uint64_t)at[i] << 8 * i;
  if (dtype != CK_DTYPE_U8 && size < 8 && at[size - 1] & 0x80) bits |= ~(uint64_t)0 << 8 * size;
  return (int64_t)bits;
}

long check_elements(int rounds) {
  long failures = 0;
  static uint8_t values[most * most * 8], back[most * most * 8], tensor[most * most * 8], expected[most * most * 8];
  for (int round = 0; round < rounds; round++) {
    const int p = random_in(0, pair_count - 1);
    const size_t size = pairs[p].size, width = pairs[p].width;
    const bool transposed = one_in(2);
    ck_codec_block b = {.outer = (size_t)random_in(1, most), .inner = (size_t)random_in(1, most)};
    b.outer_stride = transposed ? 1 : b.inner, b.inner_stride = transposed ? b.outer : 1;
    const uint8_t xor = size == 1 && width == 1 && one_in(2) ? 0x80 : 0;
    const size_t count = b.outer * b.inner;
    for (size_t i = 0; i < count * size; i++) values[i] = (uint8_t)random_bits();
    size_t wanted = SIZE_MAX;
    for (size_t i = 0; i < count && size == 8 && width == 4; i++) { /* all fit, but perhaps one */
      const int64_t fits = (int32_t)random_bits();
      memcpy(values + 8 * i, &fits, 8);
    }
    if (size == 8 && width == 4 && one_in(2)) {
      wanted = (size_t)random_in(0, (int)count - 1);
      const int64_t large = one_in(2) ? (int64_t)INT32_MAX + 1 : (int64_t)INT32_MIN - 1;
      memcpy(values + 8 * wanted, &large, 8);
    }
    memset(tensor, 0x5A, sizeof tensor);
    memset(expected, 0x5A, sizeof expected);
    memset(back, 0x5A, sizeof back);
    for (size_t i = 0; i < count; i++) {
      const size_t place = i / b.inner * b.outer_stride + i % b.inner * b.inner_stride;
      const int64_t value = value_of(pairs[p].caller, values + i * size, size) ^ xor;
      for (size_t byte = 0; byte < width; byte++) expected[place * width + byte] = (uint8_t)(value >> 8 * byte);
    }
    const size_t refused = ck_store_elements(&b, pairs[p].caller, pairs[p].stored, xor, values, tensor);
    bool equal = refused == wanted;
    if (wanted == SIZE_MAX) {
      ck_load_elements(&b, pairs[p].caller, pairs[p].stored, xor, tensor, back);
      equal = equal && memcmp(tensor, expected, sizeof tensor) == 0 && memcmp(back, values, count * size) == 0;
      for (size_t i = count * size; i < sizeof back; i++) equal = equal && back[i] == 0x5A;
    }
    if (equal) continue;
    failures++;
    printf("elements: %u as %u, %zu x %zu, %s, xor %u differs\n", pairs[p].caller, pairs[p].stored, b.outer, b.inner,
           transposed ? "transposed" : "in order", xor);
  }
  return failures;
}
