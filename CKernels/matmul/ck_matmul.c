#include "ck_matmul.h"

uint64_t ck_matmul_count(const ck_matmul_parameters *p) {
  uint64_t count = 1;
  for (unsigned i = 0; i < CK_MATMUL_BATCH_RANK; i++) count = ck_multiply(count, p->batch[i]);
  return count;
}

/* Elements that an input must have. */
static uint64_t extent(const ck_matmul_parameters *p, const uint32_t *batch, uint64_t rows, uint32_t row, uint64_t columns, uint32_t column) {
  uint64_t last = ck_add(ck_multiply(rows - 1, row), ck_multiply(columns - 1, column));
  for (unsigned i = 0; i < p->batch_rank; i++) last = ck_add(last, ck_multiply(p->batch[i] - 1, batch[i]));
  return ck_add(last, 1);
}

/* The output's elements lie side by side in some order: sorted by stride, each stride is the product of the sizes before it. No two parts then
 * write the same byte, and none is left unwritten. */
static bool output_is_dense(const ck_matmul_parameters *p) {
  uint64_t reached = p->n;
  uint32_t size[CK_MATMUL_BATCH_RANK + 1] = {p->m}, stride[CK_MATMUL_BATCH_RANK + 1] = {p->output_row_stride};
  for (unsigned i = 0; i < CK_MATMUL_BATCH_RANK; i++) size[i + 1] = p->batch[i], stride[i + 1] = p->output_batch_stride[i];
  for (unsigned left = CK_MATMUL_BATCH_RANK + 1; left > 0; left--) {
    unsigned next = CK_MATMUL_BATCH_RANK + 1;
    bool done = true;
    for (unsigned i = 0; i <= CK_MATMUL_BATCH_RANK; i++) {
      if (size[i] == 1) continue;
      done = false;
      if (stride[i] == reached) next = i;
    }
    if (done) return true;
    if (next > CK_MATMUL_BATCH_RANK) return false;
    reached = ck_multiply(reached, size[next]);
    size[next] = 1;
  }
  return true;
}

ck_fault ck_check_matmul(
    const ck_instruction *instruction, const ck_tensor *const *operands, enum ck_dtype input, enum ck_dtype output) {
  CK_PARAMETERS(ck_matmul_parameters, p, instruction);
  CK_REQUIRE(p.m > 0, CK_BAD_PARAMETER, ck_matmul_parameters, m);
  CK_REQUIRE(p.n > 0, CK_BAD_PARAMETER, ck_matmul_parameters, n);
  CK_REQUIRE(p.k > 0, CK_BAD_PARAMETER, ck_matmul_parameters, k);
  CK_REQUIRE(p.batch_rank <= CK_MATMUL_BATCH_RANK, CK_BAD_PARAMETER, ck_matmul_parameters, batch_rank);
  for (unsigned i = 0; i < CK_MATMUL_BATCH_RANK; i++) {
    const bool used = i < p.batch_rank;
    CK_REQUIRE(used ? p.batch[i] > 0 : p.batch[i] == 1, CK_BAD_PARAMETER, ck_matmul_parameters, batch);
    CK_REQUIRE(used || p.a_batch_stride[i] == 0, CK_BAD_PARAMETER, ck_matmul_parameters, a_batch_stride);
    CK_REQUIRE(used || p.b_batch_stride[i] == 0, CK_BAD_PARAMETER, ck_matmul_parameters, b_batch_stride);
    CK_REQUIRE(used || p.output_batch_stride[i] == 0, CK_BAD_PARAMETER, ck_matmul_parameters, output_batch_stride);
  }
  /* So that a's bytes bound k, and with it the time. */
  CK_REQUIRE(p.k == 1 || p.a_depth_stride > 0, CK_BAD_PARAMETER, ck_matmul_parameters, a_depth_stride);
  CK_REQUIRE(output_is_dense(&p), CK_BAD_PARAMETER, ck_matmul_parameters, output_row_stride);
  CK_REQUIRE(ck_is_scale(p.scale), CK_BAD_PARAMETER, ck_matmul_parameters, scale);
  CK_REQUIRE(p.reserved == 0, CK_BAD_PARAMETER, ck_matmul_parameters, reserved);
  const uint64_t count = ck_matmul_count(&p);
  CK_REQUIRE(ck_multiply(count, p.m) <= UINT32_MAX, CK_BAD_PARAMETER, ck_matmul_parameters, batch);
  const uint64_t bytes = input == CK_DTYPE_F32 ? 4 : 1;
  const uint64_t extents[2] = {extent(&p, p.a_batch_stride, p.m, p.a_row_stride, p.k, p.a_depth_stride),
                               extent(&p, p.b_batch_stride, p.k, p.b_depth_stride, p.n, p.b_column_stride)};
  for (unsigned i = 0; i < 2; i++) {
    const uint64_t needed = ck_multiply(extents[i], bytes);
    if (needed == CK_TOO_LARGE || operands[i]->bytes < needed) return ck_fail(CK_BAD_EXTENT, (uint16_t)(CK_AT(operand) + 4 * i));
    CK_TRY(ck_check_operand(instruction, operands, i, input, operands[i]->bytes));
  }
  CK_TRY(ck_check_operand(instruction, operands, 2, output, ck_multiply4(count, p.m, p.n, output == CK_DTYPE_F32 ? 4 : 1)));
  return ck_pass();
}
