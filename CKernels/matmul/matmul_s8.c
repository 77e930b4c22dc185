#include "../isa/ck_fp.h"

#include "matmul_s8.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "matmul_s8.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

ck_matmul_scratch ck_matmul_scratch_of(const ck_matmul_parameters *p) {
  const uint64_t panels = ck_ceil_divide(p->n, 16);
  return (ck_matmul_scratch){
      .packed = ck_multiply3(panels, ck_ceil_divide(p->k, 4), 64),
      .side = ck_multiply(panels, 64),
      .rows = ck_matmul_copies_a(p) ? ck_round_up(ck_multiply(ck_matmul_band(p), p->k), 64) : 0};
}

static uint64_t scratch(const ck_instruction *instruction) {
  CK_PARAMETERS(ck_matmul_parameters, p, instruction);
  const ck_matmul_scratch s = ck_matmul_scratch_of(&p);
  return ck_add(ck_add(s.packed, ck_multiply(s.side, 3)), s.rows);
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){2, 1, 0, CK_FLAG_F32_OUTPUT, sizeof(ck_matmul_parameters)}));
  CK_PARAMETERS(ck_matmul_parameters, p, instruction);
  const bool f32 = (instruction->flags & CK_FLAG_F32_OUTPUT) != 0;
  if (f32) {
    CK_REQUIRE(ck_is_clamp(p.float_min, p.float_max), CK_BAD_PARAMETER, ck_matmul_parameters, float_min);
  } else {
    CK_REQUIRE_S8_OUTPUT(p, ck_matmul_parameters);
  }
  CK_TRY(ck_check_matmul(instruction, operands, CK_DTYPE_S8, f32 ? CK_DTYPE_F32 : CK_DTYPE_S8));
  return ck_check_scratch(instruction, scratch(instruction));
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_matmul_parameters, p, instruction);
  bound->rows = (uint32_t)(ck_matmul_count(&p) * p.m);
  bound->panels = (uint32_t)ck_ceil_divide(p.n, 16);
  ck_bind_variant(variants, variant_count, isa, bound->operand_xor[0] != CK_ARENA_XOR ? CK_TRAIT_MATMUL_CONSTANT_LEFT : 0, bound);
}

const ck_operator ck_operator_matmul_s8 = {
    CK_OP_MATMUL_S8, "matmul_s8", check, NULL, scratch, ck_disjoint, bind, variants, variant_count};
