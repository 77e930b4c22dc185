/* Resampling along one axis. */
#include <stdio.h>
#include <string.h>

#include "kernels.h"

static void fill_taps(test_case *test, uint8_t *const constant[CK_MAX_CONSTANTS]) {
  ck_resample_parameters p;
  memcpy(&p, test->instruction.parameters, sizeof p);
  for (uint32_t j = 0; j < p.out; j++) {
    const int32_t first = random_in(0, (int)(p.in - p.taps));
    memcpy(constant[0] + 4 * j, &first, 4);
  }
  for (uint32_t i = 0; i < p.out * p.taps; i++) {
    const float weight = (float)random_in(-1000, 3000) * 7e-4f;
    memcpy(constant[1] + 4 * i, &weight, 4);
  }
}

static test_case resample(const ck_operator *op, ck_resample_parameters p, uint8_t dtype, size_t element_bytes) {
  test_case test = {.op = op, .inputs = 1, .dtype = {dtype, dtype}};
  p.outer = (uint32_t)random_in(1, 3), p.in = (uint32_t)random_in(1, 9), p.out = (uint32_t)random_in(1, 12);
  p.inner = (uint32_t)(one_in(3) ? random_in(1, 8) : random_in(1, 70));
  p.taps = (uint32_t)(one_in(2) && p.in > 1 ? 2 : random_in(1, (int)p.in));
  test.bytes[0] = (size_t)p.outer * p.in * p.inner * element_bytes, test.bytes[1] = (size_t)p.outer * p.out * p.inner * element_bytes;
  test.constant_bytes[0] = 4 * (size_t)p.out, test.constant_bytes[1] = 4 * (size_t)p.out * p.taps;
  test.fill = fill_taps;
  test.instruction.opcode = op->opcode;
  memcpy(test.instruction.parameters, &p, sizeof p);
  snprintf(test.label, sizeof test.label, "%s %u x %u -> %u x %u, %u taps", op->name, p.outer, p.in, p.out, p.inner, p.taps);
  return test;
}

test_case random_resample(void) {
  ck_resample_parameters p = {.input_zero_point = random_in(-128, 127), .output_zero_point = random_in(-128, 127)};
  p.output_min = random_in(-128, 0), p.output_max = random_in(0, 127);
  return resample(&ck_operator_resample_s8, p, CK_DTYPE_S8, 1);
}

test_case random_resample_f32(void) { return resample(&ck_operator_resample_f32, (ck_resample_parameters){0}, CK_DTYPE_F32, 4); }
