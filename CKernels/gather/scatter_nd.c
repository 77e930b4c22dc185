/* SCATTER_ND - data with slices replaced or joined where tuples of indices say (ck/parameters.h: ck_scatter_nd_parameters). One row and panel:
 * later updates of a place follow earlier ones. */
#include "ck_scatter.h"

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){3, 1, 0, 0, sizeof(ck_scatter_nd_parameters)}));
  CK_PARAMETERS(ck_scatter_nd_parameters, p, instruction);
  CK_TRY(ck_check_scatter(p.kind, p.type, operands[3]->dtype, CK_AT_PARAMETER(ck_scatter_nd_parameters, kind)));
  CK_REQUIRE(ck_is_element_size(p.element_bytes), CK_BAD_PARAMETER, ck_scatter_nd_parameters, element_bytes);
  CK_REQUIRE(p.count > 0, CK_BAD_PARAMETER, ck_scatter_nd_parameters, count);
  CK_REQUIRE(p.slice > 0, CK_BAD_PARAMETER, ck_scatter_nd_parameters, slice);
  CK_TRY(ck_check_index_sizes(p.depth, p.size, CK_AT_PARAMETER(ck_scatter_nd_parameters, depth)));
  const uint64_t elements = ck_multiply(ck_walk_count(p.size, CK_MAX_RANK), p.slice);
  CK_TRY(ck_check_moved(instruction, operands, 0, 3, p.element_bytes, elements));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_S32, ck_multiply3(p.count, p.depth, 4)));
  CK_TRY(ck_check_moved(instruction, operands, 2, 3, p.element_bytes, ck_multiply(p.count, p.slice)));
  CK_TRY(ck_check_moved(instruction, operands, 3, 3, p.element_bytes, elements));
  return ck_check_scratch(instruction, 0);
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_scatter_nd_parameters, p, bound->instruction);
  if (range.row_begin >= range.row_end || range.panel_begin >= range.panel_end) return CK_OK;
  const bool is_byte = p.element_bytes == 1;
  const uint8_t *xor = bound->operand_xor;
  const size_t slice = (size_t)p.slice * p.element_bytes, slices = (size_t)ck_walk_count(p.size, CK_MAX_RANK);
  ck_move_bytes(bound->operand[3], bound->operand[0], slices * slice, is_byte ? xor[0] ^ xor[3] : 0);
  for (size_t row = 0; row < p.count; row++) {
    size_t place = 0;
    if (!ck_read_tuple(bound->operand[1], row, p.depth, p.size, &place)) return CK_BAD_INDEX;
    ck_join(
        bound->operand[3] + place * slice, bound->operand[2] + row * slice, p.slice, p.element_bytes, p.kind, p.type,
        is_byte ? xor[2] ^ xor[3] : 0);
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa, (void)instruction;
  ck_bind_rows(run, 1, bound);
}

const ck_operator ck_operator_scatter_nd = {CK_OP_SCATTER_ND, "scatter_nd", check, NULL, ck_no_scratch, ck_disjoint, bind, NULL, 0};
