/* SELECT - condition ? a : b for elements of any type, with broadcasting (ck/parameters.h: ck_select_parameters). */
#include "../check/ck_walk.h"

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){3, 1, 0, 0, sizeof(ck_select_parameters)}));
  CK_PARAMETERS(ck_select_parameters, p, instruction);
  const enum ck_dtype dtype = (enum ck_dtype)operands[3]->dtype;
  const uint32_t size = ck_dtype_bytes((uint8_t)dtype);
  CK_REQUIRE(size > 0 && p.element_bytes == size, CK_BAD_PARAMETER, ck_select_parameters, element_bytes);
  CK_TRY(ck_check_walk(p.rank, p.dims, CK_AT_PARAMETER(ck_select_parameters, rank)));
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_BOOL, operands[0]->bytes));
  CK_TRY(ck_check_operand(instruction, operands, 1, dtype, operands[1]->bytes));
  CK_TRY(ck_check_operand(instruction, operands, 2, dtype, operands[2]->bytes));
  CK_TRY(
      ck_check_walk_operand(p.rank, p.dims, p.condition_stride, 1, operands[0], CK_AT_PARAMETER(ck_select_parameters, condition_stride)));
  CK_TRY(ck_check_walk_operand(p.rank, p.dims, p.a_stride, size, operands[1], CK_AT_PARAMETER(ck_select_parameters, a_stride)));
  CK_TRY(ck_check_walk_operand(p.rank, p.dims, p.b_stride, size, operands[2], CK_AT_PARAMETER(ck_select_parameters, b_stride)));
  CK_TRY(ck_check_operand(instruction, operands, 3, dtype, ck_multiply(ck_walk_count(p.dims, p.rank), size)));
  return ck_check_scratch(instruction, 0);
}

/* Output element i takes the place of an operand's element i; the condition's bytes are narrower than most outputs. */
static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  CK_PARAMETERS(ck_select_parameters, p, instruction);
  if (p.rank < 1 || p.rank > CK_MAX_RANK || input == 0) return CK_DISJOINT;
  return ck_walk_is_contiguous(p.rank, p.dims, input == 1 ? p.a_stride : p.b_stride) ? 0 : CK_DISJOINT;
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_select_parameters, p, bound->instruction);
  const unsigned last = p.rank - 1;
  const size_t columns = p.dims[last], begin = 16 * (size_t)range.panel_begin, end = 16 * (size_t)range.panel_end;
  /* From the domain of each operand's bytes to that of the output's; of wider elements there is one. */
  const uint8_t change[2] = {bound->operand_xor[1] ^ bound->operand_xor[3], bound->operand_xor[2] ^ bound->operand_xor[3]};
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const uint8_t *condition = bound->operand[0] + ck_walk_row(p.rank, p.dims, p.condition_stride, row);
    const size_t a = ck_walk_row(p.rank, p.dims, p.a_stride, row), b = ck_walk_row(p.rank, p.dims, p.b_stride, row);
    uint8_t *out = bound->operand[3] + row * columns * p.element_bytes;
    for (size_t i = begin; i < end && i < columns; i++) {
      const bool is_a = condition[i * p.condition_stride[last]] != 0;
      const size_t at = is_a ? a + i * p.a_stride[last] : b + i * p.b_stride[last];
      const uint8_t *from = bound->operand[is_a ? 1 : 2] + at * p.element_bytes;
      switch (p.element_bytes) {
      case 1: out[i] = *from ^ change[!is_a]; break;
      case 2: __builtin_memcpy(out + 2 * i, from, 2); break;
      case 4: __builtin_memcpy(out + 4 * i, from, 4); break;
      default: __builtin_memcpy(out + 8 * i, from, 8); break;
      }
    }
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  CK_PARAMETERS(ck_select_parameters, p, instruction);
  ck_bind_walk(p.rank, p.dims, run, bound);
}

const ck_operator ck_operator_select = {CK_OP_SELECT, "select", check, NULL, ck_no_scratch, ahead, bind, NULL, 0};
