/* Float operators of exact programs: the same bytes from every instance. */
#include <stdio.h>
#include <string.h>

#include "kernels.h"

static void fill_weights(test_case *test, uint8_t *const constant[CK_MAX_CONSTANTS]) {
  for (unsigned n = 0; n < 2; n++) {
    for (size_t i = 0; i < test->constant_bytes[n] / 4; i++) {
      const float value = (float)random_in(-100000, 100000) * 3e-5f;
      memcpy(constant[n] + 4 * i, &value, 4);
    }
  }
}

/* One input and one output of floats, and weights and bias of as many floats as given. */
static test_case floats(
    const ck_operator *op, const void *parameters, size_t parameter_bytes, size_t in, size_t out, size_t weights, size_t bias) {
  test_case test = {.op = op, .inputs = 1, .bytes = {4 * in, 4 * out}, .dtype = {CK_DTYPE_F32, CK_DTYPE_F32}};
  test.instruction.opcode = op->opcode;
  memcpy(test.instruction.parameters, parameters, parameter_bytes);
  test.constant_bytes[0] = 4 * weights, test.constant_bytes[1] = 4 * bias;
  if (weights > 0) test.fill = fill_weights;
  snprintf(test.label, sizeof test.label, "%s %zu -> %zu floats", op->name, in, out);
  return test;
}

static void random_float_clamp(float *low, float *high) {
  *low = one_in(2) ? (float)random_in(-100, 0) * 0.1f : -__builtin_inff();
  *high = one_in(2) ? (float)random_in(0, 100) * 0.1f : __builtin_inff();
}

static uint32_t random_channels(void) {
  const int narrow[] = {1, 2, 3, 4, 8, 16, 24, 32};
  return (uint32_t)(one_in(2) ? narrow[random_in(0, 7)] : random_in(1, 70));
}

test_case random_gemm_f32(void) {
  ck_gemm_parameters p = {.m = (uint32_t)random_in(1, 5), .n = (uint32_t)random_in(1, 40), .k = (uint32_t)random_in(1, 70)};
  random_float_clamp(&p.float_min, &p.float_max);
  return floats(
      &ck_operator_gemm_f32, &p, sizeof p, (size_t)p.m * p.k, (size_t)p.m * p.n, (size_t)p.n * p.k, p.n);
}

static ck_conv2d_parameters random_windows(void) {
  for (;;) {
    ck_conv2d_parameters p = {.batch = (uint32_t)random_in(1, 2), .in_h = (uint32_t)random_in(1, 10), .in_w = (uint32_t)random_in(1, 14)};
    p.kernel_h = (uint32_t)(one_in(2) ? 3 : random_in(1, 5)), p.kernel_w = (uint32_t)(one_in(2) ? 3 : random_in(1, 5));
    p.stride_h = (uint32_t)random_in(1, 2), p.stride_w = (uint32_t)random_in(1, 2);
    p.dilation_h = p.dilation_w = (uint32_t)(one_in(5) ? 2 : 1);
    p.pad_top = (uint32_t)random_in(0, 2), p.pad_left = (uint32_t)random_in(0, 2);
    const int height = (int)(p.in_h + 2 * p.pad_top) - (int)((p.kernel_h - 1) * p.dilation_h) - 1;
    const int width = (int)(p.in_w + 2 * p.pad_left) - (int)((p.kernel_w - 1) * p.dilation_w) - 1;
    if (height < 0 || width < 0) continue;
    p.out_h = (uint32_t)height / p.stride_h + 1;
    p.out_w = (uint32_t)width / p.stride_w + 1;
    random_float_clamp(&p.float_min, &p.float_max);
    return p;
  }
}
static test_case convolution(const ck_operator *op, const ck_conv2d_parameters *p) {
  return floats(
      op, p, sizeof *p, (size_t)p->batch * p->in_h * p->in_w * p->in_c, (size_t)p->batch * p->out_h * p->out_w * p->out_c,
      (size_t)p->out_c * p->kernel_h * p->kernel_w * (p->in_c / p->groups), p->out_c);
}
test_case random_conv2d_f32(void) {
  ck_conv2d_parameters p = random_windows();
  p.groups = (uint32_t)(one_in(3) ? random_in(2, 4) : 1);
  p.in_c = p.groups * (uint32_t)random_in(1, 24);
  p.out_c = p.groups * (uint32_t)random_in(1, 12);
  return convolution(&ck_operator_conv2d_f32, &p);
}
test_case random_dwconv2d_f32(void) {
  ck_conv2d_parameters p = random_windows();
  p.groups = p.in_c = random_channels();
  p.out_c = p.in_c * (uint32_t)(one_in(4) ? random_in(2, 3) : 1);
  return convolution(&ck_operator_dwconv2d_f32, &p);
}

test_case random_pool_f32(void) {
  const ck_conv2d_parameters c = random_windows();
  ck_pool_parameters p = {.kind = (uint32_t)random_in(0, 1), .batch = c.batch, .channels = random_channels()};
  p.in_h = c.in_h, p.in_w = c.in_w, p.out_h = c.out_h, p.out_w = c.out_w;
  p.kernel_h = c.kernel_h, p.kernel_w = c.kernel_w, p.stride_h = c.stride_h, p.stride_w = c.stride_w;
  p.dilation_h = c.dilation_h, p.dilation_w = c.dilation_w, p.pad_top = p.pad_bottom = c.pad_top, p.pad_left = p.pad_right = c.pad_left;
  p.count_includes_pad = one_in(2) ? 1 : 0;
  random_float_clamp(&p.float_min, &p.float_max);
  return floats(
      &ck_operator_pool_f32, &p, sizeof p, (size_t)p.batch * p.in_h * p.in_w * p.channels, (size_t)p.batch * p.out_h * p.out_w * p.channels, 0, 0);
}

test_case random_reduce_f32(void) {
  ck_reduce_parameters p = {.kind = (uint32_t)random_in(0, 4), .outer = (uint32_t)random_in(1, 4), .axis = (uint32_t)random_in(1, 60)};
  p.inner = one_in(3) ? 1 : random_channels();
  return floats(&ck_operator_reduce_f32, &p, sizeof p, (size_t)p.outer * p.axis * p.inner, (size_t)p.outer * p.inner, 0, 0);
}

test_case random_softmax_f32(void) {
  const ck_softmax_parameters p = {.rows = (uint32_t)random_in(1, 5), .columns = (uint32_t)random_in(1, 70)};
  const size_t count = (size_t)p.rows * p.columns;
  return floats(&ck_operator_softmax_f32, &p, sizeof p, count, count, 0, 0);
}

test_case random_unary_f32(void) {
  ck_unary_parameters p = {.count = (uint64_t)random_in(1, 300), .kind = (uint32_t)random_in(CK_UNARY_CLIP, CK_UNARY_GELU_TANH)};
  p.a = (float)random_in(-20, 0) * 0.1f, p.b = (float)random_in(0, 20) * 0.1f;
  if (p.kind == CK_UNARY_CELU || p.kind == CK_UNARY_SHRINK) p.a = (float)random_in(1, 20) * 0.1f;
  test_case test = floats(&ck_operator_unary_f32, &p, sizeof p, (size_t)p.count, (size_t)p.count, 0, 0);
  snprintf(test.label, sizeof test.label, "unary_f32 kind %u, %u floats", p.kind, (unsigned)p.count);
  return test;
}

test_case random_binary_f32(void) {
  ck_binary_parameters p = {.kind = (uint32_t)random_in(CK_BINARY_ADD, CK_BINARY_MODULO), .rank = 2};
  for (int i = 0; i < CK_MAX_RANK; i++) p.dims[i] = 1;
  p.dims[0] = (uint32_t)random_in(1, 5), p.dims[1] = (uint32_t)random_in(1, 100);
  const size_t count = (size_t)p.dims[0] * p.dims[1];
  p.a_stride[0] = p.b_stride[0] = p.dims[1];
  p.a_stride[1] = p.b_stride[1] = 1;
  size_t second = count;
  if (one_in(3)) p.b_stride[0] = 0, second = p.dims[1];                             /* a row */
  else if (one_in(3)) p.b_stride[0] = 1, p.b_stride[1] = 0, second = p.dims[0];     /* a column */
  else if (one_in(3)) p.b_stride[0] = 1, p.b_stride[1] = p.dims[0], second = count; /* transposed */
  random_float_clamp(&p.float_min, &p.float_max);
  test_case test = floats(&ck_operator_binary_f32, &p, sizeof p, count, count, 0, 0);
  test.inputs = 2;
  test.bytes[1] = 4 * second, test.bytes[2] = 4 * count;
  test.dtype[2] = CK_DTYPE_F32;
  return test;
}
