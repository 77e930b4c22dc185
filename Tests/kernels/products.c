/* Products of two tensors, normalizations and PRelu, in s8 and f32. */
#include <stdio.h>
#include <string.h>

#include "kernels.h"

static void fill_floats(test_case *test, uint8_t *const constant[CK_MAX_CONSTANTS]) {
  for (unsigned n = 0; n < CK_MAX_CONSTANTS; n++) {
    for (size_t i = 0; i < test->constant_bytes[n] / 4; i++) {
      const float value = (float)random_in(-100000, 100000) * 3e-4f;
      memcpy(constant[n] + 4 * i, &value, 4);
    }
  }
}

static test_case test_of(const ck_operator *op, const void *parameters, size_t parameter_bytes, unsigned inputs, const size_t *counts, bool f32) {
  test_case test = {.op = op, .inputs = inputs};
  test.instruction.opcode = op->opcode;
  memcpy(test.instruction.parameters, parameters, parameter_bytes);
  for (unsigned i = 0; i <= inputs; i++) {
    test.dtype[i] = f32 ? CK_DTYPE_F32 : CK_DTYPE_S8;
    test.bytes[i] = counts[i] * (f32 ? 4 : 1);
  }
  return test;
}

static int32_t random_zero_point(void) { return one_in(4) ? (one_in(2) ? -128 : 127) : one_in(3) ? 0 : random_in(-128, 127); }
static float random_scale(void) { return (float)random_in(1, 4000) * (one_in(4) ? 1e-3f : 1e-5f); }

/* Sizes in an order of memory: the strides of each, for elements without gaps. */
static void lay_out(const uint32_t *sizes, uint32_t **strides, int count, const int *order) {
  uint32_t stride = 1;
  for (int i = count; i-- > 0;) {
    *strides[order[i]] = stride;
    stride *= sizes[order[i]];
  }
}
static void shuffle(int *order, int count) {
  for (int i = 0; i < count; i++) order[i] = i;
  for (int i = count - 1; i > 0; i--) {
    const int j = random_in(0, i), other = order[i];
    order[i] = order[j], order[j] = other;
  }
}

static test_case random_products(const ck_operator *op, bool f32) {
  ck_matmul_parameters p = {.m = (uint32_t)(one_in(3) ? 1 : random_in(1, 80)), .n = (uint32_t)random_in(1, 70), .k = (uint32_t)random_in(1, 70)};
  p.batch_rank = (uint32_t)random_in(0, 2);
  for (unsigned i = 0; i < CK_MATMUL_BATCH_RANK; i++) p.batch[i] = i < p.batch_rank ? (uint32_t)random_in(1, 3) : 1;
  int order[4];
  shuffle(order, (int)p.batch_rank + 2);
  const uint32_t a_sizes[] = {p.m, p.k, p.batch[0], p.batch[1]}, b_sizes[] = {p.k, p.n, p.batch[0], p.batch[1]};
  uint32_t *a_strides[] = {&p.a_row_stride, &p.a_depth_stride, &p.a_batch_stride[0], &p.a_batch_stride[1]};
  uint32_t *b_strides[] = {&p.b_depth_stride, &p.b_column_stride, &p.b_batch_stride[0], &p.b_batch_stride[1]};
  lay_out(a_sizes, a_strides, (int)p.batch_rank + 2, order);
  shuffle(order, (int)p.batch_rank + 2);
  lay_out(b_sizes, b_strides, (int)p.batch_rank + 2, order);
  for (unsigned i = 0; i < p.batch_rank; i++) {
    if (one_in(4)) p.a_batch_stride[i] = 0;
    if (one_in(4)) p.b_batch_stride[i] = 0;
  }
  /* Rows and batch axes in any order, then the columns. */
  const uint32_t out_sizes[] = {p.m, p.batch[0], p.batch[1], p.n};
  uint32_t columns, *out_strides[] = {&p.output_row_stride, &p.output_batch_stride[0], &p.output_batch_stride[1], &columns};
  shuffle(order, (int)p.batch_rank + 1);
  order[p.batch_rank + 1] = 3;
  lay_out(out_sizes, out_strides, (int)p.batch_rank + 2, order);
  p.scale = random_scale();
  p.a_zero_point = (int8_t)random_zero_point(), p.b_zero_point = (int8_t)random_zero_point(), p.output_zero_point = (int8_t)random_zero_point();
  p.output_min = one_in(3) ? random_in(-128, 0) : -128, p.output_max = one_in(3) ? random_in(0, 127) : 127;
  p.float_min = one_in(2) ? -__builtin_inff() : -3.5f, p.float_max = one_in(2) ? __builtin_inff() : 2.25f;
  const size_t batch = (size_t)p.batch[0] * p.batch[1];
  const size_t counts[] = {batch * p.m * p.k, batch * p.k * p.n, batch * p.m * p.n};
  test_case test = test_of(op, &p, sizeof p, 2, counts, f32);
  if (!f32 && one_in(4)) {
    test.instruction.flags = CK_FLAG_F32_OUTPUT;
    test.dtype[2] = CK_DTYPE_F32;
    test.bytes[2] *= 4;
  }
  snprintf(test.label, sizeof test.label, "%s %zu x %u x %u x %u, zero points %d %d, strides %u %u, %u %u, flags %u", op->name, batch, p.m, p.n,
           p.k, p.a_zero_point, p.b_zero_point, p.a_row_stride, p.a_depth_stride, p.b_depth_stride, p.b_column_stride, test.instruction.flags);
  return test;
}
test_case random_matmul(void) { return random_products(&ck_operator_matmul_s8, false); }
test_case random_matmul_f32(void) { return random_products(&ck_operator_matmul_f32, true); }

static test_case random_normalization(const ck_operator *op, bool f32) {
  ck_normalize_parameters p = {.kind = (uint32_t)random_in(0, 3), .outer = (uint32_t)random_in(1, 4)};
  p.axis = (uint32_t)(one_in(2) ? 1 : random_in(1, 200));
  p.groups = (uint32_t)(one_in(2) ? 1 : random_in(1, 20));
  p.channels = p.groups * (uint32_t)(one_in(3) ? 1 : random_in(1, 40));
  p.epsilon = one_in(4) ? 0.0f : 1e-5f;
  p.input_scale = random_scale(), p.output_scale_inverse = 1 / random_scale();
  p.input_zero_point = random_zero_point(), p.output_zero_point = random_zero_point();
  p.output_min = one_in(3) ? random_in(-128, 0) : -128, p.output_max = one_in(3) ? random_in(0, 127) : 127;
  p.float_min = one_in(2) ? -__builtin_inff() : -1.5f, p.float_max = one_in(2) ? __builtin_inff() : 1.25f;
  const size_t count = (size_t)p.outer * p.axis * p.channels, counts[] = {count, count};
  test_case test = test_of(op, &p, sizeof p, 1, counts, f32);
  if (one_in(2)) {
    test.constant_bytes[0] = test.constant_bytes[1] = 4 * (size_t)p.channels;
    test.fill = fill_floats;
  }
  snprintf(test.label, sizeof test.label, "%s kind %u, %u x %u x %u, groups %u", op->name, p.kind, p.outer, p.axis, p.channels, p.groups);
  return test;
}
test_case random_normalize(void) { return random_normalization(&ck_operator_normalize_s8, false); }
test_case random_normalize_f32(void) { return random_normalization(&ck_operator_normalize_f32, true); }

static test_case random_slopes(const ck_operator *op, bool f32) {
  ck_prelu_parameters p = {.outer = (uint32_t)random_in(1, 5), .channels = (uint32_t)random_in(1, 60), .inner = (uint32_t)(one_in(2) ? 1 : random_in(1, 50))};
  p.scale = random_scale() * 100;
  p.input_zero_point = random_zero_point(), p.output_zero_point = random_zero_point();
  p.output_min = one_in(3) ? random_in(-128, 0) : -128, p.output_max = one_in(3) ? random_in(0, 127) : 127;
  p.float_min = one_in(2) ? -__builtin_inff() : -1.5f, p.float_max = one_in(2) ? __builtin_inff() : 1.25f;
  const size_t count = (size_t)p.outer * p.channels * p.inner, counts[] = {count, count};
  test_case test = test_of(op, &p, sizeof p, 1, counts, f32);
  test.constant_bytes[0] = 4 * (size_t)p.channels;
  test.fill = fill_floats;
  snprintf(test.label, sizeof test.label, "%s %u x %u x %u", op->name, p.outer, p.channels, p.inner);
  return test;
}
test_case random_prelu(void) { return random_slopes(&ck_operator_prelu_s8, false); }
test_case random_prelu_f32(void) { return random_slopes(&ck_operator_prelu_f32, true); }
