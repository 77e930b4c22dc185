/* gather/ck_gather.h - what the operators that follow indices share. The indices are data: they are checked while they are read. */
#ifndef CK_GATHER_H
#define CK_GATHER_H

#include "../check/ck_walk.h"
#include "../integer/ck_integer.h"

static inline bool ck_is_element_size(uint32_t bytes) { return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8; }

/* Resolves the index at `at` against an axis of `size`; false where it lies outside. */
static inline bool ck_read_index(const uint8_t *indices, size_t at, uint32_t size, size_t *index) {
  const int64_t given = ck_s32_at(indices, at), resolved = given < 0 ? given + (int64_t)size : given;
  *index = (size_t)resolved;
  return resolved >= 0 && resolved < (int64_t)size;
}

/* Depth 1...6, sizes that an index can count, 1 past the depth. `at` is the byte of `depth` within the instruction. */
static inline ck_fault ck_check_index_sizes(uint32_t depth, const uint32_t *size, uint16_t at) {
  if (depth < 1 || depth > CK_MAX_RANK) return ck_fail(CK_BAD_PARAMETER, at);
  for (uint32_t i = 0; i < CK_MAX_RANK; i++) {
    if (i < depth ? size[i] == 0 || size[i] > INT32_MAX : size[i] != 1) return ck_fail(CK_BAD_PARAMETER, at);
  }
  return ck_pass();
}

/* Takes *place, a slice of the axes outside, to the slice that tuple `row` of indices chooses; false where one lies outside. */
static inline bool ck_read_tuple(const uint8_t *indices, size_t row, uint32_t depth, const uint32_t *size, size_t *place) {
  for (uint32_t i = 0; i < depth; i++) {
    size_t index;
    if (!ck_read_index(indices, row * depth + i, size[i], &index)) return false;
    *place = *place * size[i] + index;
  }
  return true;
}

/* Bytes from one operand to another; `change` turns the domain of s8 bytes. */
static inline void ck_move_bytes(uint8_t *to, const uint8_t *from, size_t bytes, uint8_t change) {
  if (change == 0) {
    __builtin_memcpy(to, from, bytes);
    return;
  }
  for (size_t i = 0; i < bytes; i++) to[i] = from[i] ^ change;
}

/* Operand `index` is of the output's dtype, whose elements take element_bytes. */
static inline ck_fault ck_check_moved(
    const ck_instruction *instruction, const ck_tensor *const *operands, unsigned index, unsigned output, uint32_t element_bytes, uint64_t count) {
  if (ck_dtype_bytes(operands[output]->dtype) != element_bytes) return ck_fail(CK_BAD_OPERANDS, (uint16_t)(CK_AT(operand) + 4 * output));
  return ck_check_operand(instruction, operands, index, (enum ck_dtype)operands[output]->dtype, ck_multiply(count, element_bytes));
}

static inline void ck_bind_rows(ck_run_fn run, uint64_t rows, ck_bound *bound) {
  bound->rows = (uint32_t)rows;
  bound->panels = 1;
  bound->kernel = (ck_kernel_fn)run;
  bound->run = run;
}

#endif
