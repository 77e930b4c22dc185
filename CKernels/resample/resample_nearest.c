/* RESAMPLE_NEAREST - whole lines of `inner` bytes moved along one axis. */
#include "../isa/ck_fp.h"

#include "ck_resample.h"

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 1, CK_FLAG_FAST_FLOAT, sizeof(ck_resample_parameters)}));
  CK_PARAMETERS(ck_resample_parameters, p, instruction);
  CK_REQUIRE(p.taps == 1, CK_BAD_PARAMETER, ck_resample_parameters, taps);
  CK_REQUIRE(p.input_zero_point == 0, CK_BAD_PARAMETER, ck_resample_parameters, input_zero_point);
  CK_REQUIRE(p.output_zero_point == 0, CK_BAD_PARAMETER, ck_resample_parameters, output_zero_point);
  CK_REQUIRE(p.output_min == 0 && p.output_max == 0, CK_BAD_PARAMETER, ck_resample_parameters, output_min);
  const uint32_t element_bytes = ck_dtype_bytes(operands[0]->dtype);
  if (element_bytes == 0) return ck_fail(CK_BAD_OPERANDS, CK_AT(operand));
  CK_REQUIRE(p.inner % element_bytes == 0, CK_BAD_PARAMETER, ck_resample_parameters, inner);
  return ck_check_resample(instruction, operands, &p, (enum ck_dtype)operands[0]->dtype, p.inner);
}

/* Constant sizes let the compiler make loads and stores of the copies; two that overlap make up a size between theirs. */
#define CK_MOVE_BETWEEN(size)                                              \
  do {                                                                     \
    __builtin_memcpy(to, from, size);                                      \
    __builtin_memcpy(to + bytes - (size), from + bytes - (size), size);    \
  } while (0)
static inline void move_line(uint8_t *restrict to, const uint8_t *restrict from, size_t bytes) {
  if (bytes > 64) __builtin_memcpy(to, from, bytes);
  else if (bytes >= 32) CK_MOVE_BETWEEN(32);
  else if (bytes >= 16) CK_MOVE_BETWEEN(16);
  else if (bytes >= 8) CK_MOVE_BETWEEN(8);
  else if (bytes >= 4) CK_MOVE_BETWEEN(4);
  else if (bytes >= 2) CK_MOVE_BETWEEN(2);
  else *to = *from;
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_resample_parameters, p, bound->instruction);
  if (range.panel_begin >= range.panel_end) return CK_OK;
  const uint8_t change = bound->operand_xor[0] ^ bound->operand_xor[1];
  const int32_t *first = ck_resample_first(bound);
  const uint8_t *line = bound->operand[0] + (size_t)(range.row_begin / p.out) * p.in * p.inner;
  uint32_t at = range.row_begin % p.out;
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const uint8_t *from = line + (size_t)first[at] * p.inner;
    uint8_t *to = bound->operand[1] + row * p.inner;
    if (change == 0) move_line(to, from, p.inner);
    else for (size_t i = 0; i < p.inner; i++) to[i] = from[i] ^ change;
    if (++at < p.out) continue;
    at = 0;
    line += (size_t)p.in * p.inner;
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  CK_PARAMETERS(ck_resample_parameters, p, instruction);
  bound->run = run;
  bound->rows = p.outer * p.out;
  bound->panels = 1;
}

const ck_operator ck_operator_resample_nearest = {
    CK_OP_RESAMPLE_NEAREST, "resample_nearest", check, ck_check_resample_constants, ck_no_scratch, ck_disjoint, bind, NULL, 0,
};
