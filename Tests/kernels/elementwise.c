/* Pooling, reductions, element-wise operators, softmax, tables, conversions. */
#include <stdio.h>
#include <string.h>

#include "kernels.h"

static void random_clamp(int32_t *low, int32_t *high) {
  *low = one_in(3) ? random_in(-128, 0) : -128;
  *high = one_in(3) ? random_in(0, 127) : 127;
}

static test_case unary(const ck_operator *op, const void *parameters, size_t parameter_bytes, size_t in, size_t out) {
  test_case test = {.op = op, .inputs = 1, .bytes = {in, out}, .dtype = {CK_DTYPE_S8, CK_DTYPE_S8}};
  test.instruction.opcode = op->opcode;
  memcpy(test.instruction.parameters, parameters, parameter_bytes);
  snprintf(test.label, sizeof test.label, "%s %zu -> %zu bytes", op->name, in, out);
  return test;
}

test_case random_pool(void) {
  for (;;) {
    ck_pool_parameters p = {.kind = (uint32_t)random_in(0, 1), .batch = (uint32_t)random_in(1, 2), .scale = (float)random_in(1, 3000) * 1e-3f};
    p.in_h = (uint32_t)random_in(1, 12), p.in_w = (uint32_t)random_in(1, 12), p.channels = (uint32_t)random_in(1, 70);
    p.kernel_h = (uint32_t)random_in(1, 4), p.kernel_w = (uint32_t)random_in(1, 4);
    p.stride_h = (uint32_t)random_in(1, 3), p.stride_w = (uint32_t)random_in(1, 3);
    p.dilation_h = p.dilation_w = (uint32_t)(one_in(5) ? 2 : 1);
    p.pad_top = (uint32_t)random_in(0, 1), p.pad_left = (uint32_t)random_in(0, 1);
    p.pad_bottom = (uint32_t)random_in(0, 1), p.pad_right = (uint32_t)random_in(0, 1);
    p.count_includes_pad = one_in(2) ? 1 : 0;
    const int height = (int)(p.in_h + p.pad_top + p.pad_bottom) - (int)((p.kernel_h - 1) * p.dilation_h) - 1;
    const int width = (int)(p.in_w + p.pad_left + p.pad_right) - (int)((p.kernel_w - 1) * p.dilation_w) - 1;
    if (height < 0 || width < 0) continue;
    p.out_h = (uint32_t)height / p.stride_h + 1;
    p.out_w = (uint32_t)width / p.stride_w + 1;
    p.input_zero_point = random_in(-128, 127);
    p.output_zero_point = random_in(-128, 127);
    random_clamp(&p.output_min, &p.output_max);
    return unary(
        &ck_operator_pool_s8, &p, sizeof p, (size_t)p.batch * p.in_h * p.in_w * p.channels, (size_t)p.batch * p.out_h * p.out_w * p.channels);
  }
}

test_case random_reduce(void) {
  ck_reduce_parameters p = {.kind = (uint32_t)random_in(0, 3), .scale = (float)random_in(1, 2000) * 1e-4f};
  p.outer = (uint32_t)random_in(1, 4), p.axis = (uint32_t)random_in(1, 60), p.inner = (uint32_t)(one_in(4) ? 1 : random_in(1, 70));
  p.input_zero_point = random_in(-128, 127);
  p.output_zero_point = random_in(-128, 127);
  random_clamp(&p.output_min, &p.output_max);
  return unary(&ck_operator_reduce_s8, &p, sizeof p, (size_t)p.outer * p.axis * p.inner, (size_t)p.outer * p.inner);
}

/* Elements from the first to the last of an operand that lies densely in the dimensions that it does not repeat along. */
static size_t random_strides(const ck_binary_parameters *p, uint32_t *stride) {
  const bool dense = one_in(2);
  uint32_t elements = 1;
  for (uint32_t i = p->rank; i-- > 0;) {
    const bool repeats = !dense && one_in(2);
    stride[i] = repeats ? 0 : elements;
    if (!repeats) elements *= p->dims[i];
  }
  return elements;
}

test_case random_binary(void) {
  static const uint32_t columns[] = {1, 3, 8, 16, 24, 32, 64, 128};
  ck_binary_parameters p = {.kind = (uint32_t)random_in(CK_BINARY_ADD, CK_BINARY_MINIMUM), .rank = (uint32_t)random_in(1, 4)};
  for (uint32_t i = 0; i < CK_MAX_RANK; i++) p.dims[i] = i + 1 < p.rank ? (uint32_t)random_in(1, 5) : 1;
  p.dims[p.rank - 1] = one_in(2) ? columns[random_in(0, 7)] : (uint32_t)random_in(1, 300);
  size_t count = 1;
  for (uint32_t i = 0; i < p.rank; i++) count *= p.dims[i];
  const size_t a = random_strides(&p, p.a_stride), b = random_strides(&p, p.b_stride);
  const float large = one_in(20) ? 1e30f : 1.0f;
  p.a_scale = (float)random_in(1, 3000) * 1e-3f * large, p.b_scale = (float)random_in(1, 3000) * 1e-3f;
  p.a_zero_point = (int8_t)random_in(-128, 127), p.b_zero_point = (int8_t)random_in(-128, 127);
  p.output_zero_point = (int8_t)random_in(-128, 127);
  random_clamp(&p.output_min, &p.output_max);
  test_case test = {.op = &ck_operator_binary_s8, .inputs = 2, .bytes = {a, b, count}};
  test.instruction.opcode = CK_OP_BINARY_S8;
  for (int i = 0; i < 3; i++) test.dtype[i] = CK_DTYPE_S8;
  memcpy(test.instruction.parameters, &p, sizeof p);
  snprintf(test.label, sizeof test.label, "binary %u, rank %u, %zu x %u of %zu and %zu", p.kind, p.rank, count / p.dims[p.rank - 1],
           p.dims[p.rank - 1], a, b);
  return test;
}

static void fill_exponents(test_case *test, uint8_t *const constant[CK_MAX_CONSTANTS]) {
  (void)test;
  float value = 1.0f;
  const float step = 1.0f - (float)random_in(1, 300) * 1e-3f;
  for (int i = 0; i < 256; i++, value *= step) memcpy(constant[0] + 4 * i, &value, 4);
}

test_case random_softmax(void) {
  ck_softmax_parameters p = {(uint32_t)random_in(1, 6), (uint32_t)(one_in(4) ? random_in(240, 300) : random_in(1, 70)), 256.0f, -128};
  test_case test = unary(&ck_operator_softmax_s8, &p, sizeof p, (size_t)p.rows * p.columns, (size_t)p.rows * p.columns);
  test.constant_bytes[0] = 1024;
  test.fill = fill_exponents;
  return test;
}

static ck_quantize_parameters random_conversion(void) {
  return (ck_quantize_parameters){(uint64_t)random_in(1, 200), (float)random_in(1, 90000) * 1e-3f, random_in(-128, 127)};
}

test_case random_quantize(void) {
  const ck_quantize_parameters p = random_conversion();
  test_case test = unary(&ck_operator_quantize_f32_s8, &p, sizeof p, 4 * (size_t)p.count, (size_t)p.count);
  test.dtype[0] = CK_DTYPE_F32;
  return test;
}

test_case random_dequantize(void) {
  const ck_quantize_parameters p = random_conversion();
  test_case test = unary(&ck_operator_dequantize_s8_f32, &p, sizeof p, (size_t)p.count, 4 * (size_t)p.count);
  test.dtype[1] = CK_DTYPE_F32;
  return test;
}

static void fill_table(test_case *test, uint8_t *const constant[CK_MAX_CONSTANTS]) {
  (void)test;
  for (int i = 0; i < 256; i++) constant[0][i] = (uint8_t)random_bits();
}

test_case random_table(void) {
  const ck_table_parameters p = {(uint64_t)random_in(1, 300)};
  test_case test = unary(&ck_operator_table_s8, &p, sizeof p, (size_t)p.count, (size_t)p.count);
  test.constant_bytes[0] = 256;
  test.fill = fill_table;
  return test;
}

/* The same operators on s16. An s8 output takes what `random_clamp` gives. */
static uint16_t random_levels(int32_t *zero_point, int32_t *low, int32_t *high, bool may_be_s8) {
  const bool s8 = may_be_s8 && one_in(3);
  random_clamp(low, high);
  *zero_point = s8 ? random_in(-128, 127) : 0;
  if (s8) return CK_FLAG_S8_OUTPUT;
  *low = one_in(3) ? random_in(-32768, 0) : -32768;
  *high = one_in(3) ? random_in(0, 32767) : 32767;
  return 0;
}

/* Elements become words; the output's type is the flag's. */
static test_case widened(test_case test, const ck_operator *op, uint16_t flags) {
  test.op = op;
  test.instruction.opcode = op->opcode;
  test.instruction.flags = flags;
  for (unsigned i = 0; i <= test.inputs; i++) {
    if (i == test.inputs && flags & CK_FLAG_S8_OUTPUT) continue;
    test.bytes[i] *= 2;
    test.dtype[i] = CK_DTYPE_S16;
  }
  memmove(test.label + 4, test.label, sizeof test.label - 5);
  memcpy(test.label, "s16 ", 4);
  return test;
}

test_case random_pool_s16(void) {
  test_case test = random_pool();
  ck_pool_parameters p;
  memcpy(&p, test.instruction.parameters, sizeof p);
  p.input_zero_point = 0;
  const uint16_t flags = random_levels(&p.output_zero_point, &p.output_min, &p.output_max, p.kind == CK_POOL_AVERAGE);
  memcpy(test.instruction.parameters, &p, sizeof p);
  return widened(test, &ck_operator_pool_s16, flags);
}

test_case random_reduce_s16(void) {
  test_case test = random_reduce();
  ck_reduce_parameters p;
  memcpy(&p, test.instruction.parameters, sizeof p);
  p.input_zero_point = 0;
  const uint16_t flags = random_levels(&p.output_zero_point, &p.output_min, &p.output_max, true);
  memcpy(test.instruction.parameters, &p, sizeof p);
  return widened(test, &ck_operator_reduce_s16, flags);
}

test_case random_binary_s16(void) {
  test_case test = random_binary();
  ck_binary_parameters p;
  memcpy(&p, test.instruction.parameters, sizeof p);
  p.a_zero_point = p.b_zero_point = 0;
  int32_t zero_point;
  const uint16_t flags = random_levels(&zero_point, &p.output_min, &p.output_max, true);
  p.output_zero_point = (int8_t)zero_point;
  if (p.kind == CK_BINARY_MULTIPLY) p.a_scale *= 1e-5f;
  memcpy(test.instruction.parameters, &p, sizeof p);
  return widened(test, &ck_operator_binary_s16, flags);
}

test_case random_requantize(void) {
  ck_requantize_parameters p = {
      .count = (uint64_t)random_in(1, 200),
      .from = one_in(2) ? CK_DTYPE_S8 : CK_DTYPE_S16,
      .to = one_in(2) ? CK_DTYPE_S8 : CK_DTYPE_S16,
      .scale = one_in(4) ? 1.0f : (float)random_in(1, 3000) * 1e-3f};
  const bool from_s8 = p.from == CK_DTYPE_S8, to_s8 = p.to == CK_DTYPE_S8;
  p.input_zero_point = from_s8 ? random_in(-128, 127) : 0;
  p.output_zero_point = to_s8 ? random_in(-128, 127) : 0;
  p.output_min = to_s8 ? random_in(-128, 0) : random_in(-32768, 0);
  p.output_max = to_s8 ? random_in(0, 127) : random_in(0, 32767);
  test_case test = unary(&ck_operator_requantize, &p, sizeof p, (size_t)p.count * (from_s8 ? 1 : 2), (size_t)p.count * (to_s8 ? 1 : 2));
  test.dtype[0] = (uint8_t)p.from, test.dtype[1] = (uint8_t)p.to;
  return test;
}

test_case random_quantize_s16(void) {
  ck_quantize_parameters p = random_conversion();
  p.zero_point = 0;
  test_case test = unary(&ck_operator_quantize_f32_s16, &p, sizeof p, 4 * (size_t)p.count, 2 * (size_t)p.count);
  test.dtype[0] = CK_DTYPE_F32, test.dtype[1] = CK_DTYPE_S16;
  return test;
}

test_case random_dequantize_s16(void) {
  ck_quantize_parameters p = random_conversion();
  p.zero_point = 0;
  test_case test = unary(&ck_operator_dequantize_s16_f32, &p, sizeof p, 2 * (size_t)p.count, 4 * (size_t)p.count);
  test.dtype[0] = CK_DTYPE_S16, test.dtype[1] = CK_DTYPE_F32;
  return test;
}
