/* CAST - between floats, integers and truth values (ck/parameters.h: ck_cast_parameters). One row, panels of 16 elements. */
#include "../isa/ck_fp.h"

#include "ck_integer.h"

static bool is_castable(uint32_t dtype) { return dtype == CK_DTYPE_F32 || dtype == CK_DTYPE_S32 || dtype == CK_DTYPE_BOOL; }

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, 0, sizeof(ck_cast_parameters)}));
  CK_PARAMETERS(ck_cast_parameters, p, instruction);
  CK_REQUIRE(p.count > 0 && p.count <= CK_MAX_COUNT, CK_BAD_PARAMETER, ck_cast_parameters, count);
  const uint8_t from = operands[0]->dtype, to = operands[1]->dtype;
  CK_REQUIRE(is_castable(p.from), CK_BAD_PARAMETER, ck_cast_parameters, from);
  if (!is_castable(to) || (from == to && to != CK_DTYPE_S32)) return ck_fail(CK_BAD_OPERANDS, CK_AT(operand) + 4);
  CK_REQUIRE(to == CK_DTYPE_S32 ? ck_is_integer_type(p.type) : p.type == to, CK_BAD_PARAMETER, ck_cast_parameters, type);
  CK_TRY(ck_check_operand(instruction, operands, 0, (enum ck_dtype)p.from, ck_multiply(p.count, ck_dtype_bytes(from))));
  CK_TRY(ck_check_operand(instruction, operands, 1, (enum ck_dtype)to, ck_multiply(p.count, ck_dtype_bytes(to))));
  return ck_check_scratch(instruction, 0);
}

/* Element i of the output may lie over element i of the input unless it is the larger of the two. */
static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  (void)input;
  CK_PARAMETERS(ck_cast_parameters, p, instruction);
  return p.from == CK_DTYPE_BOOL ? CK_DISJOINT : 0;
}

/* Toward zero, clamped to the type; NaN becomes 0. */
static int32_t truncated(float x, uint32_t type) {
  if (x != x) return 0;
  switch (type) {
  case CK_DTYPE_S8: return (int32_t)ck_clamp_f32(x, -128.0f, 127.0f);
  case CK_DTYPE_U8: return (int32_t)ck_clamp_f32(x, 0.0f, 255.0f);
  case CK_DTYPE_S16: return (int32_t)ck_clamp_f32(x, -32768.0f, 32767.0f);
  default: return x >= 0x1p31f ? INT32_MAX : x < -0x1p31f ? INT32_MIN : (int32_t)x;
  }
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_cast_parameters, p, bound->instruction);
  const uint8_t *from = bound->operand[0];
  uint8_t *to = bound->operand[1];
  for (uint64_t i = 16 * (uint64_t)range.panel_begin; i < 16 * (uint64_t)range.panel_end && i < p.count; i++) {
    if (p.from == CK_DTYPE_F32) {
      const float x = ck_load_f32(from + 4 * i);
      if (p.type == CK_DTYPE_BOOL) to[i] = x != 0.0f;
      else ck_s32_set(to, i, truncated(x, p.type));
    } else {
      const int32_t x = p.from == CK_DTYPE_BOOL ? from[i] : ck_s32_at(from, i);
      if (p.type == CK_DTYPE_F32) ck_store_f32(to + 4 * i, (float)x);
      else if (p.type == CK_DTYPE_BOOL) to[i] = x != 0;
      else ck_s32_set(to, i, ck_wrap_s32((uint32_t)x, p.type));
    }
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  CK_PARAMETERS(ck_cast_parameters, p, instruction);
  bound->rows = 1;
  bound->panels = (uint32_t)ck_ceil_divide(p.count, 16);
  bound->kernel = (ck_kernel_fn)run;
  bound->run = run;
}

const ck_operator ck_operator_cast = {CK_OP_CAST, "cast", check, NULL, ck_no_scratch, ahead, bind, NULL, 0};
