/* Matrix products and convolutions. */
#include <stdio.h>
#include <string.h>

#include "kernels.h"
#include "quantize/ck_requantize.h"

static int ceil_divide(int a, int b) { return (a + b - 1) / b; }

static bool is_s16(const test_case *test) { return test->op->opcode >= CK_OP_CONV2D_S16; }

/* Which weight of a packed block is padding. */
typedef struct packing {
  int panels, blocks;             /* blocks of 64 bytes a panel */
  int group_panels, channels;     /* panels and channels of a group */
  int line_blocks, line_elements; /* blocks of a line (matrix row, kernel row, tap), and how many inputs those hold */
} packing;

static bool is_padding(const packing *p, int panel, int block, int channel, int byte) {
  const bool past_channels = panel % p->group_panels * 16 + channel >= p->channels;
  return past_channels || block % p->line_blocks * 4 + byte >= p->line_elements;
}

static packing packing_of(const test_case *test) {
  packing p = {0};
  if (test->instruction.opcode == CK_OP_GEMM_S8 || test->instruction.opcode == CK_OP_GEMM_S16) {
    ck_gemm_parameters g;
    memcpy(&g, test->instruction.parameters, sizeof g);
    const int panels = ceil_divide((int)g.n, 16), blocks = ceil_divide((int)g.k, 4);
    return (packing){panels, blocks, panels, (int)g.n, blocks, (int)g.k};
  }
  ck_conv2d_parameters c;
  memcpy(&c, test->instruction.parameters, sizeof c);
  const int kh = (int)c.kernel_h, kw = (int)c.kernel_w, in_c = (int)c.in_c, out_c = (int)c.out_c, groups = (int)c.groups;
  if (c.weight_layout == CK_LAYOUT_DEPTHWISE_QUAD) {
    /* Lines run down the rows: block b holds rows 4 (b / KW)...; a line of all blocks would hold KW times the rows. */
    const int panels = ceil_divide(out_c, 16);
    return (packing){panels, ceil_divide(kh, 4) * kw, panels, out_c, ceil_divide(kh, 4) * kw, 0};
  }
  p.channels = out_c / groups;
  p.group_panels = ceil_divide(p.channels, 16);
  p.panels = p.group_panels * groups;
  const bool by_row = c.weight_layout == CK_LAYOUT_CONV_ROW_C4X16;
  p.line_elements = by_row ? kw * in_c : in_c / groups;
  p.line_blocks = ceil_divide(p.line_elements, 4);
  p.blocks = p.line_blocks * kh * (by_row ? 1 : kw);
  return p;
}

static void fill_weighted(test_case *test, uint8_t *const constant[CK_MAX_CONSTANTS]) {
  const packing p = packing_of(test);
  ck_conv2d_parameters c;
  memcpy(&c, test->instruction.parameters, sizeof c);
  const bool depthwise = test->instruction.opcode == CK_OP_DWCONV2D_S8 || test->instruction.opcode == CK_OP_DWCONV2D_S16;
  const uint16_t flags = test->instruction.flags;
  const int least = flags & CK_FLAG_FULL_RANGE ? -128 : -127;
  const bool extreme = one_in(6);
  for (int panel = 0; panel < p.panels; panel++) {
    int32_t sum[16] = {0};
    for (int block = 0; block < p.blocks; block++) {
      for (int i = 0; i < 64; i++) {
        const int channel = i / 4, byte = i % 4;
        bool pads = is_padding(&p, panel, block, channel, byte);
        if (depthwise) {
          pads = panel * 16 + channel >= p.channels || block / (int)c.kernel_w * 4 + byte >= (int)c.kernel_h;
        }
        const int value = pads ? 0 : extreme || one_in(8) ? (one_in(2) ? least : 127) : random_in(least, 127);
        constant[0][((size_t)panel * (size_t)p.blocks + (size_t)block) * 64 + (size_t)i] = (uint8_t)value;
        sum[channel] += value;
      }
    }
    for (int channel = 0; channel < 16; channel++) {
      const size_t at = 4 * (16 * (size_t)panel + (size_t)channel);
      const bool pads = panel % p.group_panels * 16 + channel >= p.channels;
      const int32_t bias = pads ? 0 : random_in(-30000, 30000);
      const float scale = pads ? 0.0f : (float)random_in(1, 4000) * (flags & CK_FLAG_LARGE_SCALE ? 1e-3f : is_s16(test) ? 1e-7f : 1e-6f);
      if (is_s16(test)) {
        const int64_t wide = (int64_t)bias * (one_in(50) ? (int64_t)1 << 35 : 250);
        memcpy(constant[1] + 2 * at, &wide, 8);
      } else {
        memcpy(constant[1] + at, &bias, 4);
      }
      memcpy(constant[2] + at, &sum[channel], 4);
      memcpy(constant[3] + at, &scale, 4);
    }
  }
}

static ck_quantization random_quantization(void) {
  return (ck_quantization){
      .input_zero_point = one_in(4) ? (one_in(2) ? -128 : 127) : random_in(-128, 127),
      .weight_zero_point = one_in(4) ? (one_in(4) ? (one_in(2) ? -128 : 127) : random_in(-128, 127)) : 0,
      .output_zero_point = one_in(3) ? -128 : random_in(-128, 127),
      .output_min = one_in(3) ? random_in(-128, 0) : -128,
      .output_max = one_in(3) ? random_in(0, 127) : 127,
      .float_min = one_in(2) ? -__builtin_inff() : -3.5f,
      .float_max = one_in(2) ? __builtin_inff() : 2.25f};
}

/* Of an operator on s16. */
static ck_quantization random_quantization_s16(uint16_t flags) {
  ck_quantization q = random_quantization();
  q.input_zero_point = q.weight_zero_point = 0;
  if (flags & CK_FLAG_S8_OUTPUT) return q;
  q.output_zero_point = 0;
  q.output_min = one_in(3) ? random_in(-32768, 0) : -32768;
  q.output_max = one_in(3) ? random_in(0, 32767) : 32767;
  return q;
}

static uint16_t random_flags(void) {
  uint16_t flags = 0;
  if (one_in(4)) flags |= CK_FLAG_FULL_RANGE;
  if (one_in(4)) flags |= CK_FLAG_LARGE_SCALE;
  if (one_in(4)) flags |= CK_FLAG_F32_OUTPUT;
  return flags;
}

static uint16_t random_flags_of(const ck_operator *op) {
  const uint16_t flags = random_flags();
  return op->opcode >= CK_OP_CONV2D_S16 && !(flags & CK_FLAG_F32_OUTPUT) && one_in(4) ? flags | CK_FLAG_S8_OUTPUT : flags;
}

/* The residual that a CONV2D_S8 or GEMM_S8 with s8 output may have, in half of the cases; its parameters follow the `at` bytes of the layer's. */
static void add_residual(test_case *test, size_t at) {
  if (test->instruction.flags & CK_FLAG_F32_OUTPUT || one_in(2)) return;
  const ck_quantization q = random_quantization();
  const ck_add_parameters add = {
      .layer_scale = one_in(8) ? 16383.0f : (float)random_in(1, 3000) * 1e-3f,
      .residual_scale = one_in(8) ? 16383.0f : (float)random_in(1, 3000) * 1e-3f,
      .residual_zero_point = q.input_zero_point,
      .sum_zero_point = q.output_zero_point,
      .sum_min = q.output_min,
      .sum_max = q.output_max};
  memcpy(test->instruction.parameters + at, &add, sizeof add);
  ck_quantization layer = ck_quantization_at(&test->instruction, at - sizeof layer); /* its bounds must hold its zero point */
  if (layer.output_min > layer.output_zero_point) layer.output_min = one_in(2) ? -128 : layer.output_zero_point;
  if (layer.output_max < layer.output_zero_point) layer.output_max = one_in(2) ? 127 : layer.output_zero_point;
  memcpy(test->instruction.parameters + at - sizeof layer, &layer, sizeof layer);
  test->instruction.flags |= CK_FLAG_ADD;
  test->inputs = 2;
  test->bytes[2] = test->bytes[1];
  test->dtype[2] = test->dtype[1];
}

static void finish_weighted(test_case *test, size_t in, size_t out) {
  const packing p = packing_of(test);
  const bool f32 = (test->instruction.flags & CK_FLAG_F32_OUTPUT) != 0, s16 = is_s16(test);
  const bool s8 = !s16 || (test->instruction.flags & CK_FLAG_S8_OUTPUT) != 0;
  test->inputs = 1;
  test->bytes[0] = in * (s16 ? 2 : 1);
  test->bytes[1] = out * (f32 ? 4 : s8 ? 1 : 2);
  test->dtype[0] = s16 ? CK_DTYPE_S16 : CK_DTYPE_S8;
  test->dtype[1] = f32 ? CK_DTYPE_F32 : s8 ? CK_DTYPE_S8 : CK_DTYPE_S16;
  test->constant_bytes[0] = (size_t)p.panels * (size_t)p.blocks * 64;
  for (int i = 1; i < 4; i++) test->constant_bytes[i] = (size_t)p.panels * 64;
  if (s16) test->constant_bytes[1] *= 2;
  test->fill = fill_weighted;
}

static test_case gemm(const ck_operator *op) {
  static const int interesting[] = {1, 2, 3, 4, 5, 8, 12, 13, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 128, 129};
  const int count = sizeof interesting / sizeof interesting[0];
  test_case test = {.op = op};
  ck_gemm_parameters p = {.weight_layout = CK_LAYOUT_GEMM_C4X16};
  p.m = (uint32_t)(one_in(3) ? 1 : random_in(1, 40));
  p.n = (uint32_t)(one_in(2) ? interesting[random_in(0, count - 1)] : random_in(1, 200));
  p.k = (uint32_t)(one_in(2) ? interesting[random_in(0, count - 1)] : random_in(1, 200));
  if (is_s16(&test) && one_in(3)) p.k = (uint32_t)random_in(500, 2100); /* more than 32 bits sum */
  test.instruction.opcode = op->opcode;
  test.instruction.flags = random_flags_of(op);
  memcpy(test.instruction.parameters, &p, sizeof p);
  const ck_quantization q = is_s16(&test) ? random_quantization_s16(test.instruction.flags) : random_quantization();
  memcpy(test.instruction.parameters + offsetof(ck_gemm_parameters, input_zero_point), &q, sizeof q);
  snprintf(test.label, sizeof test.label, "%s %u x %u x %u, flags %u", op->name, p.m, p.n, p.k, test.instruction.flags);
  finish_weighted(&test, (size_t)p.m * p.k, (size_t)p.m * p.n);
  if (!is_s16(&test)) add_residual(&test, offsetof(ck_gemm_add_parameters, add));
  return test;
}

test_case random_gemm(void) { return gemm(&ck_operator_gemm_s8); }
test_case random_gemm_s16(void) { return gemm(&ck_operator_gemm_s16); }

/* Sizes of a convolution of which every output exists. */
static ck_conv2d_parameters random_geometry(void) {
  for (;;) {
    ck_conv2d_parameters p = {.batch = (uint32_t)random_in(1, 2)};
    p.in_h = (uint32_t)random_in(1, 15), p.in_w = (uint32_t)random_in(1, 15);
    p.kernel_h = (uint32_t)(one_in(2) ? 3 : random_in(1, 9)), p.kernel_w = (uint32_t)(one_in(2) ? 3 : random_in(1, 9));
    p.stride_h = (uint32_t)random_in(1, 3), p.stride_w = (uint32_t)(one_in(2) ? 1 : random_in(1, 3));
    p.dilation_h = (uint32_t)(one_in(4) ? random_in(2, 3) : 1), p.dilation_w = (uint32_t)(one_in(4) ? random_in(2, 3) : 1);
    p.pad_top = (uint32_t)random_in(0, 3), p.pad_left = (uint32_t)random_in(0, 3);
    const int height = (int)(p.in_h + p.pad_top) + random_in(0, 3), width = (int)(p.in_w + p.pad_left) + random_in(0, 3);
    const int reach_h = (int)((p.kernel_h - 1) * p.dilation_h) + 1, reach_w = (int)((p.kernel_w - 1) * p.dilation_w) + 1;
    if (height < reach_h || width < reach_w) continue;
    p.out_h = (uint32_t)((height - reach_h) / (int)p.stride_h + 1);
    p.out_w = (uint32_t)((width - reach_w) / (int)p.stride_w + 1);
    return p;
  }
}

static test_case convolution(const ck_operator *op, const ck_conv2d_parameters *p) {
  test_case test = {.op = op};
  test.instruction.opcode = op->opcode;
  test.instruction.flags = random_flags_of(op);
  memcpy(test.instruction.parameters, p, sizeof *p);
  const ck_quantization q = is_s16(&test) ? random_quantization_s16(test.instruction.flags) : random_quantization();
  memcpy(test.instruction.parameters + offsetof(ck_conv2d_parameters, input_zero_point), &q, sizeof q);
  snprintf(
      test.label, sizeof test.label, "%s %ux%ux%ux%u -> %ux%ux%u, kernel %ux%u, stride %u %u, dilation %u %u, pad %u %u, groups %u, layout %u, flags %u",
      op->name, p->batch, p->in_h, p->in_w, p->in_c, p->out_h, p->out_w, p->out_c, p->kernel_h, p->kernel_w, p->stride_h, p->stride_w, p->dilation_h,
      p->dilation_w, p->pad_top, p->pad_left, p->groups, p->weight_layout, test.instruction.flags);
  finish_weighted(&test, (size_t)p->batch * p->in_h * p->in_w * p->in_c, (size_t)p->batch * p->out_h * p->out_w * p->out_c);
  return test;
}

static test_case conv2d(const ck_operator *op) {
  ck_conv2d_parameters p = random_geometry();
  const bool by_row = one_in(2);
  p.groups = by_row ? 1 : (uint32_t)random_in(1, 4);
  p.in_c = p.groups * (uint32_t)random_in(1, by_row ? 20 : 9);
  p.out_c = p.groups * (uint32_t)random_in(1, by_row ? 80 : 40);
  if (by_row) p.dilation_w = 1;
  if (by_row && one_in(4)) { /* one tap: pixels may be read in place */
    p.kernel_h = p.kernel_w = 1, p.pad_top = p.pad_left = 0;
    p.out_h = (p.in_h - 1) / p.stride_h + 1, p.out_w = (p.in_w - 1) / p.stride_w + 1;
  }
  p.weight_layout = by_row ? CK_LAYOUT_CONV_ROW_C4X16 : CK_LAYOUT_CONV_TAP_C4X16;
  test_case test = convolution(op, &p);
  if (!is_s16(&test)) add_residual(&test, offsetof(ck_conv2d_add_parameters, add));
  return test;
}

test_case random_conv2d(void) { return conv2d(&ck_operator_conv2d_s8); }
test_case random_conv2d_s16(void) { return conv2d(&ck_operator_conv2d_s16); }

/* A third as most nets have it: the windows and channels that kernels have code of their own for. */
static test_case dwconv2d(const ck_operator *op) {
  const bool usual = one_in(3);
  ck_conv2d_parameters p = random_geometry();
  while (usual && (p.kernel_h != 3 || p.kernel_w != 3 || p.stride_w > 2 || p.dilation_w != 1)) p = random_geometry();
  p.in_c = (uint32_t)(usual ? 8 * random_in(1, 6) : one_in(2) ? 1 << random_in(0, 6) : random_in(1, 150));
  p.groups = p.in_c;
  p.out_c = p.in_c * (uint32_t)(!usual && one_in(6) ? random_in(2, 3) : 1);
  p.weight_layout = CK_LAYOUT_DEPTHWISE_QUAD;
  return convolution(op, &p);
}
test_case random_dwconv2d(void) { return dwconv2d(&ck_operator_dwconv2d_s8); }
test_case random_dwconv2d_s16(void) { return dwconv2d(&ck_operator_dwconv2d_s16); }
