/* SCATTER_ELEMENTS - data with one element an index replaced or joined (ck/parameters.h: ck_scatter_elements_parameters). One row and panel:
 * later updates of a place follow earlier ones. */
#include "ck_scatter.h"

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){3, 1, 0, 0, sizeof(ck_scatter_elements_parameters)}));
  CK_PARAMETERS(ck_scatter_elements_parameters, p, instruction);
  CK_TRY(ck_check_scatter(p.kind, p.type, operands[3]->dtype, CK_AT_PARAMETER(ck_scatter_elements_parameters, kind)));
  CK_REQUIRE(ck_is_element_size(p.element_bytes), CK_BAD_PARAMETER, ck_scatter_elements_parameters, element_bytes);
  CK_TRY(ck_check_walk(p.rank, p.dims, CK_AT_PARAMETER(ck_scatter_elements_parameters, rank)));
  CK_REQUIRE(p.index_axis < p.rank, CK_BAD_PARAMETER, ck_scatter_elements_parameters, index_axis);
  CK_REQUIRE(p.axis_size > 0 && p.axis_size <= INT32_MAX, CK_BAD_PARAMETER, ck_scatter_elements_parameters, axis_size);
  CK_REQUIRE(p.count > 0, CK_BAD_PARAMETER, ck_scatter_elements_parameters, count);
  const uint64_t updates = ck_walk_count(p.dims, p.rank);
  uint32_t reached[CK_MAX_RANK];
  for (unsigned i = 0; i < CK_MAX_RANK; i++) reached[i] = i == p.index_axis ? p.axis_size : p.dims[i];
  CK_TRY(ck_check_moved(instruction, operands, 0, 3, p.element_bytes, p.count));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_S32, ck_multiply(updates, 4)));
  CK_TRY(ck_check_moved(instruction, operands, 2, 3, p.element_bytes, updates));
  CK_TRY(ck_check_moved(instruction, operands, 3, 3, p.element_bytes, p.count));
  CK_TRY(ck_check_walk_operand(
      p.rank, reached, p.output_stride, p.element_bytes, operands[3], CK_AT_PARAMETER(ck_scatter_elements_parameters, output_stride)));
  return ck_check_scratch(instruction, 0);
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_scatter_elements_parameters, p, bound->instruction);
  if (range.row_begin >= range.row_end || range.panel_begin >= range.panel_end) return CK_OK;
  const bool is_byte = p.element_bytes == 1;
  const uint8_t *xor = bound->operand_xor;
  ck_move_bytes(bound->operand[3], bound->operand[0], p.count * p.element_bytes, is_byte ? xor[0] ^ xor[3] : 0);
  const unsigned last = p.rank - 1;
  const size_t columns = p.dims[last], rows = (size_t)ck_walk_count(p.dims, last), axis_stride = p.output_stride[p.index_axis];
  p.output_stride[p.index_axis] = 0;
  for (size_t row = 0; row < rows; row++) {
    const size_t base = ck_walk_row(p.rank, p.dims, p.output_stride, row);
    for (size_t i = 0; i < columns; i++) {
      size_t index;
      if (!ck_read_index(bound->operand[1], row * columns + i, p.axis_size, &index)) return CK_BAD_INDEX;
      const size_t to = base + i * p.output_stride[last] + index * axis_stride;
      ck_join(
          bound->operand[3] + to * p.element_bytes, bound->operand[2] + (row * columns + i) * p.element_bytes, 1, p.element_bytes, p.kind,
          p.type, is_byte ? xor[2] ^ xor[3] : 0);
    }
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa, (void)instruction;
  ck_bind_rows(run, 1, bound);
}

const ck_operator ck_operator_scatter_elements = {
    CK_OP_SCATTER_ELEMENTS, "scatter_elements", check, NULL, ck_no_scratch, ck_disjoint, bind, NULL, 0};
