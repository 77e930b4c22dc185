/* ck/format.h - the records of a .swl file, version 1, exactly as they lie in the file.
 *
 * Little-endian, no pointers, every field naturally aligned, every record a fixed size. docs/format.md
 * says the same byte by byte. Reserved fields are zero and the validator insists on it, so that a later
 * version can give them a meaning.
 *
 *   header | section table | strings programs bindings tensors instructions | constants | metadata | signature
 */
#ifndef CK_FORMAT_H
#define CK_FORMAT_H

#include <stdint.h>

#define CK_FORMAT_VERSION 1u
/* First bytes of every file: a byte over 127, "SWL", and line ends that a text-mode copy would change. */
#define CK_MAGIC_BYTES {0x89, 'S', 'W', 'L', '\r', '\n', 0x1A, '\n'}
#define CK_NONE 0xFFFFFFFFu
#define CK_MAX_RANK 6
#define CK_MAX_OPERANDS 8
#define CK_MAX_CONSTANTS 4
#define CK_SECTION_ALIGNMENT 64
#define CK_CONSTANTS_ALIGNMENT 4096
/* Offsets of arena tensors and of constant arrays are multiples of this. */
#define CK_TENSOR_ALIGNMENT 16

enum ck_section_kind {
  CK_SECTION_STRINGS = 1,      /* UTF-8 bytes, referred to by offset and length */
  CK_SECTION_PROGRAMS = 2,     /* ck_program[] */
  CK_SECTION_BINDINGS = 3,     /* ck_binding[]: inputs, outputs and states of each program */
  CK_SECTION_TENSORS = 4,      /* ck_tensor[] */
  CK_SECTION_INSTRUCTIONS = 5, /* ck_instruction[] */
  CK_SECTION_CONSTANTS = 6,    /* weights and side arrays; page aligned */
  CK_SECTION_METADATA = 7,     /* strippable; its first 32 bytes are the SHA-256 of the rest */
  CK_SECTION_SIGNATURE = 8     /* strippable; over the first CK_SIGNED_PREFIX_BYTES of the file */
};
/* A reader skips a section it does not know where this bit is set, and refuses the file otherwise. */
#define CK_SECTION_OPTIONAL 0x80000000u

enum ck_dtype {
  CK_DTYPE_S8 = 1,
  CK_DTYPE_U8 = 2,
  CK_DTYPE_S16 = 3,
  CK_DTYPE_S32 = 4,
  CK_DTYPE_S64 = 5,
  CK_DTYPE_BOOL = 6,
  CK_DTYPE_F16 = 7,
  CK_DTYPE_F32 = 8,
  CK_DTYPE_S4 = 9 /* reserved: two in a byte, low half first */
};

enum ck_storage { CK_STORAGE_ARENA = 0, CK_STORAGE_CONSTANTS = 1 };
enum ck_plan { CK_PLAN_LATENCY = 0, CK_PLAN_RAM = 1 };
enum ck_binding_kind { CK_BINDING_INPUT = 0, CK_BINDING_OUTPUT = 1, CK_BINDING_STATE = 2 };

/* Offset 0 of the file. The structure digest is the SHA-256 of: version and minimum_runtime (8 bytes), then for
 * each of the sections strings, programs, bindings, tensors, instructions in that order: kind (u32), zero (u32),
 * length (u64), content. The constants digest is the SHA-256 of the constants section's content. Neither
 * covers metadata, signature, total_bytes or the section table, so that metadata can be stripped. */
typedef struct ck_file_header {
  uint8_t magic[8];              /*  0 */
  uint32_t version;              /*  8 */
  uint32_t minimum_runtime;      /* 12: oldest CK_FORMAT_VERSION whose runtime can execute the file */
  uint8_t structure_digest[32];  /* 16 */
  uint8_t constants_digest[32];  /* 48 */
  uint64_t total_bytes;          /* 80 */
  uint32_t section_count;        /* 88 */
  uint32_t reserved[9];          /* 92 */
} ck_file_header;
#define CK_SIGNED_PREFIX_BYTES 80

/* The table follows the header at byte 128; entries in ascending order of kind, each kind at most once. */
typedef struct ck_section {
  uint32_t kind;     /*  0 */
  uint32_t reserved; /*  4 */
  uint64_t offset;   /*  8: multiple of CK_SECTION_ALIGNMENT (constants: CK_CONSTANTS_ALIGNMENT) */
  uint64_t bytes;    /* 16 */
} ck_section;

/* A string: bytes [offset, offset + bytes) of the strings section, UTF-8, not terminated. */
typedef struct ck_string {
  uint32_t offset;
  uint32_t bytes;
} ck_string;

typedef struct ck_program {
  ck_string name;             /*  0 */
  uint32_t plan;              /*  8: enum ck_plan */
  uint32_t first_instruction; /* 12 */
  uint32_t instruction_count; /* 16 */
  uint32_t first_binding;     /* 20: inputs, then outputs, then states */
  uint32_t input_count;       /* 24 */
  uint32_t output_count;      /* 28 */
  uint32_t state_count;       /* 32 */
  uint32_t length_input;      /* 36: index among the inputs of the one that gives the sequence length, or CK_NONE */
  uint64_t arena_bytes;       /* 40: persistent part, tensors and scratch; multiple of 64 */
  uint64_t persistent_bytes;  /* 48: first bytes of the arena, held from run to run (states) */
  uint64_t lower_bound_bytes; /* 56: live tensors and scratch at the worst instruction, overlaps taken off: no plan is smaller */
  uint64_t scratch_bytes;     /* 64: largest scratch of one instruction; informative */
  uint64_t macs;              /* 72: multiply-accumulates of one run; informative */
  uint32_t reserved[12];      /* 80 */
} ck_program;

/* An input, output or state of a program as the caller sees it: the source model's name, order, shape and layout.
 * Setting an input is one fused step: permute, (x - mean[c]) * inverse_std[c], quantize, store into the arena tensor;
 * reading an output is the reverse. Element (i0, i1, ...) of the arena tensor, seen with the permuted shape, is the
 * caller's element whose index along axis permutation[j] is ij. */
typedef struct ck_binding {
  uint32_t kind;                /*  0: enum ck_binding_kind */
  uint32_t tensor;              /*  4: arena tensor with the same number of elements */
  ck_string name;               /*  8 */
  uint8_t dtype;                /* 16: enum ck_dtype of the source model's tensor; where it is U8 and the tensor quantized S8, raw access
                                 * takes the tensor's levels plus 128 */
  uint8_t rank;                 /* 17: 0...6 */
  uint8_t channel_axis;         /* 18: caller's axis that mean and inverse_std run along; 0 where channel_count <= 1 */
  uint8_t reserved0;            /* 19 */
  uint32_t channel_count;       /* 20: 0 (no normalization), 1 (one pair for all) or dims[channel_axis] */
  uint32_t dims[CK_MAX_RANK];   /* 24: caller's order; 1 past the rank */
  uint8_t permutation[CK_MAX_RANK]; /* 48: identity past the rank */
  uint16_t reserved1;           /* 54 */
  uint64_t normalization;       /* 56: constants offset of f32 mean[channel_count], inverse_std[channel_count] */
  uint64_t initial_value;       /* 64: states: constants offset of the tensor's first bytes */
  uint32_t has_initial_value;   /* 72: 0: the state starts at its zero point */
  uint32_t linked_output;       /* 76: states: index among the outputs copied into the state after a run, or CK_NONE */
  uint32_t reserved[12];        /* 80 */
} ck_binding;

/* bytes = product of dims * size of dtype; real value = (q - zero_point) * scale (s8: zero_point in [-128, 127]).
 * The file is always s8; see ck_arena_xor() for what an x86 arena holds. */
typedef struct ck_tensor {
  ck_string name;             /*  0 */
  uint8_t dtype;              /*  8 */
  uint8_t rank;               /*  9 */
  uint8_t storage;            /* 10: enum ck_storage */
  uint8_t reserved0;          /* 11 */
  uint32_t dims[CK_MAX_RANK]; /* 12: NHWC; 1 past the rank */
  float scale;                /* 36: 0 where the tensor is not quantized */
  uint64_t offset;            /* 40: into the arena or the constants section */
  uint64_t bytes;             /* 48 */
  int32_t zero_point;         /* 56 */
  uint32_t reserved1;         /* 60 */
} ck_tensor;

/* Bytes of the constants section. */
typedef struct ck_constant {
  uint64_t offset;
  uint64_t bytes;
} ck_constant;

enum ck_instruction_flags {
  CK_FLAG_FULL_RANGE = 1,   /* weights reach -128: no two products in an int16 */
  CK_FLAG_LARGE_SCALE = 2,  /* a requantization scale is >= 1: the clamp must precede the conversion to int */
  CK_FLAG_F32_OUTPUT = 4,   /* float32 output straight from the int32 accumulators */
  CK_FLAG_FAST_FLOAT = 8,   /* wholly float program: BLAS allowed, a tolerance promised instead of bytes */
  CK_FLAG_S8_OUTPUT = 16,   /* s8 output of an operator on s16 */
  CK_FLAG_ADD = 32          /* CONV2D_S8, GEMM_S8: a second input is added to the s8 result (ck_add_parameters) */
};
#define CK_ALL_FLAGS 63u

#define CK_PARAMETER_BYTES 128
typedef struct ck_instruction {
  uint16_t opcode;                        /*  0: ck/opcodes.inc */
  uint16_t flags;                         /*  2 */
  uint8_t input_count;                    /*  4 */
  uint8_t output_count;                   /*  5 */
  uint8_t constant_count;                 /*  6 */
  uint8_t reserved;                       /*  7 */
  ck_string name;                         /*  8: the source model's node */
  uint32_t operand[CK_MAX_OPERANDS];      /* 16: tensor indices, inputs then outputs; CK_NONE after them */
  ck_constant constant[CK_MAX_CONSTANTS]; /* 48: zero past constant_count */
  uint64_t scratch_offset;                /* 112: into the arena */
  uint64_t scratch_bytes;                 /* 120 */
  uint8_t parameters[CK_PARAMETER_BYTES]; /* 128: one of the structs of ck/parameters.h, zero after it */
} ck_instruction;

_Static_assert(sizeof(ck_file_header) == 128, "format");
_Static_assert(sizeof(ck_section) == 24, "format");
_Static_assert(sizeof(ck_program) == 128, "format");
_Static_assert(sizeof(ck_binding) == 128, "format");
_Static_assert(sizeof(ck_tensor) == 64, "format");
_Static_assert(sizeof(ck_instruction) == 256, "format");

#endif
