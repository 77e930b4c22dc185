/* ck/operator.h - what an operator offers to the session: check, scratch, ahead, bind, run.
 *
 * An operator is one row of a const table given when a model is opened, so that a trimmed table lets the linker drop the rest.
 * Nothing here allocates, holds state or can fail after `check` passed, except where `run` meets an index out of range in data. */
#ifndef CK_OPERATOR_H
#define CK_OPERATOR_H

#include <stddef.h>

#include "isa.h"
#include "parameters.h"

enum ck_status {
  CK_OK = 0,
  CK_BAD_FLAGS,      /* flags that the opcode does not take */
  CK_BAD_OPERANDS,   /* count, dtype or rank of an operand */
  CK_BAD_EXTENT,     /* an operand's bytes disagree with the geometry */
  CK_BAD_CONSTANT,   /* a constant array's size, or its alignment */
  CK_BAD_PARAMETER,  /* a field out of its range */
  CK_BAD_SCRATCH,    /* scratch too small or misaligned */
  CK_BAD_INDEX       /* run time: an index in a tensor is out of range */
};

/* What `check` answers: CK_OK, or what is wrong and the byte within the instruction at which. */
typedef struct ck_fault {
  uint16_t status;
  uint16_t offset;
} ck_fault;

/* The part of the output to compute: rows (of pixels; of matrix rows) x panels of 16 channels. A row is what `rows` of the
 * bound instruction counts; operators that cannot split have one row and one panel. */
typedef struct ck_range {
  uint32_t row_begin, row_end;
  uint32_t panel_begin, panel_end;
} ck_range;

typedef struct ck_bound ck_bound;
typedef enum ck_status (*ck_run_fn)(const ck_bound *bound, ck_range range);
typedef void (*ck_kernel_fn)(void); /* cast back to the kernel's own type by `run` */

/* An instruction tied to an arena: everything `run` needs, at fixed addresses. */
struct ck_bound {
  ck_run_fn run;
  ck_kernel_fn kernel;
  const ck_instruction *instruction;
  uint8_t *operand[CK_MAX_OPERANDS];          /* inputs, then outputs */
  const uint8_t *constant[CK_MAX_CONSTANTS];
  uint8_t *scratch;
  uint32_t rows, panels;                      /* the full range */
  uint8_t operand_xor[CK_MAX_OPERANDS];       /* s8 value = (int8_t)(byte ^ operand_xor): ck_arena_xor() for s8 in the arena,
                                               * 0 in constants and for every other dtype */
};

/* `ahead`: the output may overlap input i where output offset + ahead(i) <= input offset; CK_DISJOINT forbids it, CK_SAME_PLACE forbids it but
 * where both begin at the same byte and have the same size. */
#define CK_DISJOINT UINT64_MAX
#define CK_SAME_PLACE 0xFFFFFFFFFFFFFFFEull

/* One kernel of an operator: a row of the operator's `.inc` list. */
typedef struct ck_variant {
  const char *name;    /* of the kernel function: ck_gemm_s8_s8c_8x32x4__avx512vnni */
  ck_isa isa;
  uint32_t traits;     /* what the kernel takes, in the operator's own bits (layout, tile, epilogue) */
  ck_kernel_fn kernel; /* NULL where this build's architecture lacks the instruction set */
} ck_variant;

typedef struct ck_operator {
  uint16_t opcode;
  const char *name;
  /* Proves that run() stays inside operands, constants and scratch. `operands` holds input_count + output_count records,
   * whose own bytes, dtypes and places were already validated; constants lie inside their section. */
  ck_fault (*check)(const ck_instruction *instruction, const ck_tensor *const *operands);
  /* Proves what `run` relies on in the contents of the side arrays (scales finite and in range); never reads weights. NULL: nothing. */
  ck_fault (*check_constants)(const ck_instruction *instruction, const uint8_t *const *constants);
  /* Scratch bytes, the largest over all variants of this architecture and every other. */
  uint64_t (*scratch)(const ck_instruction *instruction);
  uint64_t (*ahead)(const ck_instruction *instruction, unsigned input);
  /* Picks the variant for `isa` and fills run, kernel, rows, panels; pointers and operand_xor are already set. */
  void (*bind)(const ck_instruction *instruction, ck_isa isa, ck_bound *bound);
  const ck_variant *variants; /* for tests, benchmarks and reports; NULL where there is one plain kernel */
  uint32_t variant_count;
} ck_operator;

/* Every operator of this build in ascending order of opcode, ended by NULL. A firmware may give its own shorter table, so that
 * the linker drops the rest. Each is exported as ck_operator_<name>, `name` as in ck/opcodes.inc. */
extern const ck_operator *const ck_default_operators[];
/* The same as a pointer: Swift does not import an array of unknown length. */
static inline const ck_operator *const *ck_default_table(void) { return ck_default_operators; }
/* The operator of `opcode`, or NULL. */
const ck_operator *ck_find_operator(const ck_operator *const *table, uint16_t opcode);

#define CK_OPCODE(number, NAME, name, parameters) extern const ck_operator ck_operator_##name;
#include "opcodes.inc"
#undef CK_OPCODE

static inline ck_range ck_full_range(const ck_bound *bound) {
  return (ck_range){0, bound->rows, 0, bound->panels};
}
/* Runs the whole instruction. */
static inline enum ck_status ck_run(const ck_bound *bound) { return bound->run(bound, ck_full_range(bound)); }
/* Runs a part of it with other scratch (NULL: its own). Parts may run at the same time where each has scratch of its own and none writes
 * what another reads. */
static inline enum ck_status ck_run_part(const ck_bound *bound, ck_range range, uint8_t *scratch) {
  if (scratch == NULL) return bound->run(bound, range);
  ck_bound part = *bound;
  part.scratch = scratch;
  return part.run(&part, range);
}

#endif
