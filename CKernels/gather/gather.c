/* GATHER - whole slices chosen by index: embeddings, rows, columns (ck/parameters.h: ck_gather_parameters). A row is one slice of the output. */
#include "ck_gather.h"

static uint64_t row_count(const ck_gather_parameters *p) { return ck_multiply3(p->batch, p->outer, p->count); }

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){2, 1, 0, 0, sizeof(ck_gather_parameters)}));
  CK_PARAMETERS(ck_gather_parameters, p, instruction);
  CK_REQUIRE(p.batch > 0, CK_BAD_PARAMETER, ck_gather_parameters, batch);
  CK_REQUIRE(p.outer > 0, CK_BAD_PARAMETER, ck_gather_parameters, outer);
  CK_REQUIRE(p.axis > 0 && p.axis <= INT32_MAX, CK_BAD_PARAMETER, ck_gather_parameters, axis);
  CK_REQUIRE(p.count > 0 && row_count(&p) <= UINT32_MAX, CK_BAD_PARAMETER, ck_gather_parameters, count);
  CK_REQUIRE(p.inner > 0, CK_BAD_PARAMETER, ck_gather_parameters, inner);
  CK_REQUIRE(ck_is_element_size(p.element_bytes), CK_BAD_PARAMETER, ck_gather_parameters, element_bytes);
  CK_TRY(ck_check_moved(instruction, operands, 0, 2, p.element_bytes, ck_multiply4(p.batch, p.outer, p.axis, p.inner)));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_S32, ck_multiply3(p.batch, p.count, 4)));
  CK_TRY(ck_check_moved(instruction, operands, 2, 2, p.element_bytes, ck_multiply(row_count(&p), p.inner)));
  return ck_check_scratch(instruction, 0);
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_gather_parameters, p, bound->instruction);
  const size_t slice = (size_t)p.inner * p.element_bytes;
  const uint8_t change = p.element_bytes == 1 ? bound->operand_xor[0] ^ bound->operand_xor[2] : 0;
  if (range.panel_begin >= range.panel_end) return CK_OK;
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t block = row / p.count, batch = block / p.outer;
    size_t index;
    if (!ck_read_index(bound->operand[1], batch * p.count + row % p.count, p.axis, &index)) return CK_BAD_INDEX;
    ck_move_bytes(bound->operand[2] + row * slice, bound->operand[0] + (block * p.axis + index) * slice, slice, change);
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  CK_PARAMETERS(ck_gather_parameters, p, instruction);
  ck_bind_rows(run, row_count(&p), bound);
}

const ck_operator ck_operator_gather = {CK_OP_GATHER, "gather", check, NULL, ck_no_scratch, ck_disjoint, bind, NULL, 0};
