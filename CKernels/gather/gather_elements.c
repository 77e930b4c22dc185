/* GATHER_ELEMENTS - one element an index (ck/parameters.h: ck_gather_elements_parameters). Rows are the indices of all dimensions but the last. */
#include "ck_gather.h"

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){2, 1, 0, 0, sizeof(ck_gather_elements_parameters)}));
  CK_PARAMETERS(ck_gather_elements_parameters, p, instruction);
  CK_REQUIRE(ck_is_element_size(p.element_bytes), CK_BAD_PARAMETER, ck_gather_elements_parameters, element_bytes);
  CK_TRY(ck_check_walk(p.rank, p.dims, CK_AT_PARAMETER(ck_gather_elements_parameters, rank)));
  CK_REQUIRE(p.index_axis < p.rank, CK_BAD_PARAMETER, ck_gather_elements_parameters, index_axis);
  CK_REQUIRE(p.axis_size > 0 && p.axis_size <= INT32_MAX, CK_BAD_PARAMETER, ck_gather_elements_parameters, axis_size);
  const uint64_t count = ck_walk_count(p.dims, p.rank);
  uint32_t reached[CK_MAX_RANK];
  for (unsigned i = 0; i < CK_MAX_RANK; i++) reached[i] = i == p.index_axis ? p.axis_size : p.dims[i];
  CK_TRY(ck_check_moved(instruction, operands, 0, 2, p.element_bytes, operands[0]->bytes / p.element_bytes));
  CK_TRY(ck_check_walk_operand(
      p.rank, reached, p.input_stride, p.element_bytes, operands[0], CK_AT_PARAMETER(ck_gather_elements_parameters, input_stride)));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_S32, ck_multiply(count, 4)));
  CK_TRY(ck_check_moved(instruction, operands, 2, 2, p.element_bytes, count));
  return ck_check_scratch(instruction, 0);
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_gather_elements_parameters, p, bound->instruction);
  const uint8_t change = p.element_bytes == 1 ? bound->operand_xor[0] ^ bound->operand_xor[2] : 0;
  const unsigned last = p.rank - 1;
  const size_t columns = p.dims[last], axis_stride = p.input_stride[p.index_axis];
  p.input_stride[p.index_axis] = 0;
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t base = ck_walk_row(p.rank, p.dims, p.input_stride, row);
    for (size_t i = 16 * (size_t)range.panel_begin; i < 16 * (size_t)range.panel_end && i < columns; i++) {
      size_t index;
      if (!ck_read_index(bound->operand[1], row * columns + i, p.axis_size, &index)) return CK_BAD_INDEX;
      const size_t from = base + i * p.input_stride[last] + index * axis_stride;
      ck_move_bytes(
          bound->operand[2] + (row * columns + i) * p.element_bytes, bound->operand[0] + from * p.element_bytes, p.element_bytes, change);
    }
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  CK_PARAMETERS(ck_gather_elements_parameters, p, instruction);
  ck_bind_walk(p.rank, p.dims, run, bound);
}

const ck_operator ck_operator_gather_elements = {
    CK_OP_GATHER_ELEMENTS, "gather_elements", check, NULL, ck_no_scratch, ck_disjoint, bind, NULL, 0};
