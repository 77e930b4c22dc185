/* GATHER_ND - slices chosen by tuples of indices (ck/parameters.h: ck_gather_nd_parameters). A row is one slice of the output. */
#include "ck_gather.h"

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){2, 1, 0, 0, sizeof(ck_gather_nd_parameters)}));
  CK_PARAMETERS(ck_gather_nd_parameters, p, instruction);
  CK_REQUIRE(p.batch > 0, CK_BAD_PARAMETER, ck_gather_nd_parameters, batch);
  CK_REQUIRE(p.count > 0 && ck_multiply(p.batch, p.count) <= UINT32_MAX, CK_BAD_PARAMETER, ck_gather_nd_parameters, count);
  CK_REQUIRE(p.slice > 0, CK_BAD_PARAMETER, ck_gather_nd_parameters, slice);
  CK_REQUIRE(ck_is_element_size(p.element_bytes), CK_BAD_PARAMETER, ck_gather_nd_parameters, element_bytes);
  CK_TRY(ck_check_index_sizes(p.depth, p.size, CK_AT_PARAMETER(ck_gather_nd_parameters, depth)));
  const uint64_t source = ck_multiply3(p.batch, ck_walk_count(p.size, CK_MAX_RANK), p.slice);
  CK_TRY(ck_check_moved(instruction, operands, 0, 2, p.element_bytes, source));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_S32, ck_multiply4(p.batch, p.count, p.depth, 4)));
  CK_TRY(ck_check_moved(instruction, operands, 2, 2, p.element_bytes, ck_multiply3(p.batch, p.count, p.slice)));
  return ck_check_scratch(instruction, 0);
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_gather_nd_parameters, p, bound->instruction);
  const uint8_t change = p.element_bytes == 1 ? bound->operand_xor[0] ^ bound->operand_xor[2] : 0;
  const size_t slice = (size_t)p.slice * p.element_bytes;
  if (range.panel_begin >= range.panel_end) return CK_OK;
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    size_t place = row / p.count;
    if (!ck_read_tuple(bound->operand[1], row, p.depth, p.size, &place)) return CK_BAD_INDEX;
    ck_move_bytes(bound->operand[2] + row * slice, bound->operand[0] + place * slice, slice, change);
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  CK_PARAMETERS(ck_gather_nd_parameters, p, instruction);
  ck_bind_rows(run, (uint64_t)p.batch * p.count, bound);
}

const ck_operator ck_operator_gather_nd = {CK_OP_GATHER_ND, "gather_nd", check, NULL, ck_no_scratch, ck_disjoint, bind, NULL, 0};
