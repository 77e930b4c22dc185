/* swiftlet.h - runs .swl models from plain C (C99). No allocation, no threads, no files: all memory is the caller's.
 *
 *   swl_model model;
 *   if (swl_open(&model, bytes, count, ck_default_operators, SWL_VERIFY_CONSTANTS, &error)) ...
 *   swl_sizes sizes;
 *   swl_program_sizes(&model, 0, &sizes, &error);
 *   swl_session *session = swl_bind(&model, 0, arena, sizes.arena_bytes, workspace, sizes.workspace_bytes, SWL_BEST_ISA, &error);
 *   swl_set_input_f32(session, 0, pixels, 784, &error);
 *   swl_run(session, &error);
 *   swl_get_output_f32(session, 0, scores, 10, &error);
 *
 * Functions that return an int return 0, or the code that they also leave in *error (which may be NULL). Nothing is global: any number of models
 * and sessions may be in use at once, a session by one thread at a time. No input makes a call trap or write outside the memory it was given: a
 * NULL or misaligned pointer, a model whose opening failed and a session that was not bound give a code, too. */
#ifndef SWIFTLET_H
#define SWIFTLET_H

#include <stddef.h>
#include <stdint.h>

/* Of this header; swl_version() is that of the library. */
#define SWL_VERSION "0.1.0"

/* Pointers are never NULL but where it says so; clang and Swift check it. */
#if defined(__clang__)
#define SWL_NULLABLE _Nullable
#define SWL_NONNULL _Nonnull
#pragma clang assume_nonnull begin
#else
#define SWL_NULLABLE
#define SWL_NONNULL
#endif
#ifdef __cplusplus
extern "C" {
#endif

/* Codes 1...99: the file is no sound model (docs/format.md lists them); 101 and up: a call was refused. 201: a pointer is NULL or misaligned;
 * index counts the arguments from 0, need is the alignment and have what the address leaves over. 202: the model is not open, or the session not
 * bound. */
typedef struct swl_error {
  int32_t code;
  int32_t index;   /* input, output, instruction or program; 0 for codes of the file */
  uint64_t offset; /* byte of the file; 0 for codes of calls */
  uint64_t need;   /* bytes, elements, alignment or count */
  uint64_t have;
} swl_error;
/* The code's name in English: "arenaTooSmall". Never NULL. */
const char *swl_code_name(int32_t code);
/* "arenaTooSmall (102): index 0, byte 0, need 14912, have 14911" into `text`, cut to `bytes` and ended by 0; the characters before the cut,
 * so that a result of `bytes` or more says how much it wants. `text` may be NULL where `bytes` is 0. */
size_t swl_error_text(const swl_error *error, char *SWL_NULLABLE text, size_t bytes);
/* SWL_VERSION of the library. */
const char *swl_version(void);

/* An opened model: 512 bytes that the caller keeps, in place, for as long as its sessions. */
typedef struct swl_model {
  uint64_t opaque[64];
} swl_model;
/* In the caller's workspace. */
typedef struct swl_session swl_session;

/* The operators that the firmware links: ck_default_operators holds every one; a shorter table of one's own (`&ck_operator_conv2d_s8, ...,
 * NULL`) lets the linker drop the rest, and a model that uses others is refused when it is opened. */
struct ck_operator;
typedef const struct ck_operator *SWL_NULLABLE swl_operator;
extern const swl_operator ck_default_operators[];

/* Also compare the weights with their digest: reads every byte of them once. */
#define SWL_VERIFY_CONSTANTS 1u

/* Validates a .swl file that lies in memory at a multiple of 64 (flash, a mapping); `bytes` may be longer than the file. The file is used in
 * place: it stays there, unchanged, for as long as the model is used. */
int swl_open(
    swl_model *model, const void *file, size_t bytes, const swl_operator *SWL_NONNULL operators, uint32_t flags, swl_error *SWL_NULLABLE error);

/* Memory that a session needs. */
typedef struct swl_sizes {
  size_t arena_bytes;     /* at a multiple of 64 */
  size_t workspace_bytes; /* at a multiple of 16: the session itself and its bound instructions */
} swl_sizes;

/* No program of `instructions` and `inputs` asks for more workspace: for static buffers, before anything is opened. */
#define SWL_WORKSPACE_BYTES(instructions, inputs) (1024 + (instructions) * (16 * sizeof(void *) + 16) + (inputs))

/* 0 where the model is not open; so are the other counts. */
uint32_t swl_program_count(const swl_model *model);
int swl_program_sizes(const swl_model *model, uint32_t program, swl_sizes *sizes, swl_error *SWL_NULLABLE error);
/* UTF-8, not terminated; *bytes is its length. NULL where there is no such program. */
const char *SWL_NULLABLE swl_program_name(const swl_model *model, uint32_t program, size_t *bytes);

enum { SWL_INT8 = 1, SWL_UINT8 = 2, SWL_INT16 = 3, SWL_INT32 = 4, SWL_INT64 = 5, SWL_BOOL = 6, SWL_FLOAT16 = 7, SWL_FLOAT32 = 8 };
/* An input or output, in the source model's order and layout. */
typedef struct swl_tensor {
  const char *SWL_NULLABLE name; /* UTF-8, not terminated */
  size_t name_bytes;
  uint32_t rank;
  uint32_t dims[6];
  uint32_t type;    /* of raw access: SWL_INT8 ... */
  float scale;      /* value = (q - zero_point) * scale; 0: not quantized */
  int32_t zero_point;
  size_t elements;
  size_t bytes;     /* of raw access */
} swl_tensor;
uint32_t swl_input_count(const swl_model *model, uint32_t program);
uint32_t swl_output_count(const swl_model *model, uint32_t program);
int swl_input(const swl_model *model, uint32_t program, uint32_t index, swl_tensor *tensor, swl_error *SWL_NULLABLE error);
int swl_output(const swl_model *model, uint32_t program, uint32_t index, swl_tensor *tensor, swl_error *SWL_NULLABLE error);

/* The fastest kernels that this CPU has; else a ck_isa number: 0 scalar, 1 neon, 2 dotprod, 3 i8mm, 4 avx2, 5 avxvnni, 6 avx512vnni. */
#define SWL_BEST_ISA 0xFFFFFFFFu
/* Bit 1 << number of each that this CPU has and this library was built for; "neon" or "unknown". */
uint32_t swl_available_isas(void);
const char *swl_isa_name(uint32_t isa);
/* Ties a program to its memory, which the caller then leaves alone. NULL on error. There is nothing to release. */
swl_session *SWL_NULLABLE swl_bind(
    const swl_model *model, uint32_t program, void *SWL_NULLABLE arena, size_t arena_bytes, void *workspace, size_t workspace_bytes,
    uint32_t isa, swl_error *SWL_NULLABLE error);

/* Set every input before every run: a run uses the arena of its inputs for other tensors. Floats are normalized, brought into the
 * model's layout and quantized in one step; raw elements have the type that swl_input names and are only brought into its layout. Integers
 * that are not quantized (token ids) have the source model's type there; a 64-bit one that does not fit 32 bits is refused (outOfRange). */
int swl_set_input_f32(swl_session *session, uint32_t index, const float *values, size_t count, swl_error *SWL_NULLABLE error);
int swl_set_input_raw(swl_session *session, uint32_t index, const void *values, size_t bytes, swl_error *SWL_NULLABLE error);
int swl_run(swl_session *session, swl_error *SWL_NULLABLE error);
/* Valid until the next input is set. */
int swl_get_output_f32(swl_session *session, uint32_t index, float *values, size_t count, swl_error *SWL_NULLABLE error);
int swl_get_output_raw(swl_session *session, uint32_t index, void *values, size_t bytes, swl_error *SWL_NULLABLE error);
/* Gives every state its initial value, as binding does. Between two runs, states are carried. */
void swl_reset(swl_session *session);
/* The number of the instruction set that the session runs on; SWL_BEST_ISA where there is no session. */
uint32_t swl_session_isa(const swl_session *session);

#ifdef __cplusplus
}
#endif
#if defined(__clang__)
#pragma clang assume_nonnull end
#endif
#endif
