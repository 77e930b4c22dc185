/* kernels.h - every kernel variant against the scalar one, byte for byte, on whatever processor or emulator this is built for.
 *
 * `tools/check-kernels` builds it for x86-64 (with sanitizers) and aarch64. Buffers end at unreadable pages. */
#ifndef KERNELS_H
#define KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CKernels.h"

/* xorshift64: the seed is printed, so that a failure can be run again. */
uint32_t random_bits(void);
/* Uniform in [low, high]. */
int random_in(int low, int high);
/* True once in `n`. */
bool one_in(int n);

enum { max_operands = 3 };

/* One instruction with its operands and constants. Sizes are set by the generator, contents by `fill`. */
typedef struct test_case {
  const ck_operator *op;
  ck_instruction instruction;
  char label[160];
  unsigned inputs;
  size_t bytes[max_operands]; /* inputs, then the output */
  uint8_t dtype[max_operands];
  size_t constant_bytes[CK_MAX_CONSTANTS];
  /* Writes the constants; NULL where there are none. */
  void (*fill)(struct test_case *test, uint8_t *const constant[CK_MAX_CONSTANTS]);
} test_case;

/* A random legal instruction of each operator. */
test_case random_gemm(void);
test_case random_conv2d(void);
test_case random_dwconv2d(void);
test_case random_pool(void);
test_case random_reduce(void);
test_case random_binary(void);
test_case random_softmax(void);
test_case random_quantize(void);
test_case random_dequantize(void);
test_case random_table(void);
test_case random_gemm_f32(void);
test_case random_conv2d_f32(void);
test_case random_dwconv2d_f32(void);
test_case random_pool_f32(void);
test_case random_reduce_f32(void);
test_case random_binary_f32(void);
test_case random_unary_f32(void);
test_case random_softmax_f32(void);
test_case random_resample(void);
test_case random_resample_f32(void);
test_case random_matmul(void);
test_case random_matmul_f32(void);
test_case random_normalize(void);
test_case random_normalize_f32(void);
test_case random_prelu(void);
test_case random_prelu_f32(void);
test_case random_gemm_s16(void);
test_case random_conv2d_s16(void);
test_case random_dwconv2d_s16(void);
test_case random_pool_s16(void);
test_case random_reduce_s16(void);
test_case random_binary_s16(void);
test_case random_requantize(void);
test_case random_quantize_s16(void);
test_case random_dequantize_s16(void);

/* Cases of ck/codec.h in which an instruction set differs from plain arithmetic. */
long check_codec(int rounds);
/* Cases of ck_store_elements and ck_load_elements that differ from plain arithmetic. */
long check_elements(int rounds);

#endif
