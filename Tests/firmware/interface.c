/* interface MODEL.swl - the C interface with bad arguments, short memory and damaged files: each call answers a code with need and have, and
 * touches nothing outside what it was given. Compiled as C and as C++. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "swiftlet.h"

enum { BAD_POINTER = 201, NOT_OPEN = 202 };
static int failures;

#define EXPECT(condition) \
  do { \
    if (!(condition)) { \
      char text[160]; \
      swl_error_text(&error, text, sizeof text); \
      fprintf(stderr, "line %d: %s is false; last error %s\n", __LINE__, #condition, text); \
      failures++; \
    } \
  } while (0)
#define EXPECT_ERROR(call, wanted, at, needed, had) \
  do { \
    memset(&error, 0, sizeof error); \
    EXPECT((call) == (wanted)); \
    EXPECT(error.code == (wanted) && error.index == (at) && error.need == (uint64_t)(needed) && error.have == (uint64_t)(had)); \
  } while (0)

/* `bytes` at a multiple of 64, between bytes that must keep their value. */
typedef struct block {
  unsigned char *all, *memory;
  size_t bytes;
} block;
static block block_of(size_t bytes) {
  block b;
  b.all = (unsigned char *)malloc(bytes + 256);
  if (b.all == NULL) exit(2);
  memset(b.all, 0xA5, bytes + 256);
  b.memory = b.all + 64 + (64 - (uintptr_t)b.all % 64) % 64;
  b.bytes = bytes;
  return b;
}
static int is_whole(const block *b) {
  for (unsigned char *p = b->all; p < b->all + b->bytes + 256; p++) {
    if ((p < b->memory || p >= b->memory + b->bytes) && *p != 0xA5) return 0;
  }
  return 1;
}

static block read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) exit(2);
  const long size = ftell(file);
  if (size < 0 || fseek(file, 0, SEEK_SET) != 0) exit(2);
  const block b = block_of((size_t)size);
  if (fread(b.memory, 1, b.bytes, file) != b.bytes) exit(2);
  fclose(file);
  return b;
}

static swl_error error;
static void *null_pointer(void) { /* that no compiler sees through */
  static void *volatile nothing;
  return nothing;
}
#define NOTHING(type) ((type)null_pointer())

static void check_words(void) {
  EXPECT(strcmp(swl_version(), SWL_VERSION) == 0);
  EXPECT(strcmp(swl_code_name(0), "ok") == 0 && strcmp(swl_code_name(102), "arenaTooSmall") == 0);
  EXPECT(strcmp(swl_code_name(-1), "unknown") == 0 && strcmp(swl_code_name(NOT_OPEN), "notOpen") == 0);
  EXPECT(strcmp(swl_isa_name(0), "scalar") == 0 && strcmp(swl_isa_name(77), "unknown") == 0);
  const swl_error e = {102, -3, 0, 18446744073709551615u, 14911};
  const char *const whole = "arenaTooSmall (102): index -3, byte 0, need 18446744073709551615, have 14911";
  char text[120];
  EXPECT(swl_error_text(&e, text, sizeof text) == strlen(whole) && strcmp(text, whole) == 0);
  memset(text, 'x', sizeof text);
  EXPECT(swl_error_text(&e, text, 6) == strlen(whole) && strcmp(text, "arena") == 0 && text[6] == 'x');
  EXPECT(swl_error_text(&e, text, 1) == strlen(whole) && text[0] == 0 && text[1] == 'r');
  EXPECT(swl_error_text(&e, NULL, 0) == strlen(whole));
  EXPECT(swl_error_text(NOTHING(const swl_error *), text, sizeof text) == 0 && text[0] == 0);
}

static void check_open(const block *file, swl_model *model) {
  swl_sizes sizes;
  swl_tensor tensor;
  size_t length;
  EXPECT_ERROR(swl_open(NOTHING(swl_model *), file->memory, file->bytes, ck_default_operators, 0, &error), BAD_POINTER, 0, 8, 0);
  EXPECT_ERROR(swl_open(model, NOTHING(const void *), file->bytes, ck_default_operators, 0, &error), BAD_POINTER, 1, 1, 0);
  EXPECT_ERROR(swl_open(model, file->memory, file->bytes, NOTHING(const swl_operator *), 0, &error), BAD_POINTER, 3, sizeof(void *), 0);
  EXPECT(swl_open(model, file->memory, file->bytes, NOTHING(const swl_operator *), 0, NULL) == BAD_POINTER);
  EXPECT_ERROR(swl_open(model, file->memory + 16, file->bytes - 16, ck_default_operators, 0, &error), 2, 0, 0, 0); /* magic */
  EXPECT_ERROR(swl_open(model, file->memory, 0, ck_default_operators, 0, &error), 1, 0, 128, 0); /* truncated */
  EXPECT_ERROR(swl_open(model, file->memory, file->bytes - 1, ck_default_operators, 0, &error), 1, 0, file->bytes, file->bytes - 1);
  static const swl_operator none[] = {NULL};
  EXPECT(swl_open(model, file->memory, file->bytes, none, 0, &error) == 23); /* unknownOperator */

  /* After a failed opening nothing works, and nothing traps. */
  EXPECT(swl_program_count(model) == 0 && swl_input_count(model, 0) == 0 && swl_output_count(model, 0) == 0);
  EXPECT(swl_program_name(model, 0, &length) == NULL);
  EXPECT_ERROR(swl_program_sizes(model, 0, &sizes, &error), NOT_OPEN, 0, 0, 0);
  EXPECT_ERROR(swl_input(model, 0, 0, &tensor, &error), NOT_OPEN, 0, 0, 0);
  EXPECT_ERROR(swl_program_sizes(NOTHING(const swl_model *), 0, &sizes, &error), BAD_POINTER, 0, 8, 0);
  EXPECT(swl_program_count(NOTHING(const swl_model *)) == 0);
  unsigned char workspace[64];
  EXPECT(swl_bind(model, 0, NULL, 0, workspace, sizeof workspace, SWL_BEST_ISA, &error) == NULL && error.code == NOT_OPEN);

  EXPECT(swl_open(model, file->memory, file->bytes, ck_default_operators, SWL_VERIFY_CONSTANTS, &error) == 0);
  swl_model copy = *model; /* it was to stay in its place */
  EXPECT_ERROR(swl_program_sizes(&copy, 0, &sizes, &error), NOT_OPEN, 0, 0, 0);
  EXPECT_ERROR(swl_program_sizes(model, 9, &sizes, &error), 101, 9, swl_program_count(model), 0);
  EXPECT_ERROR(swl_program_sizes(model, 0, NOTHING(swl_sizes *), &error), BAD_POINTER, 2, 4, 0);
  EXPECT_ERROR(swl_input(model, 0, 99, &tensor, &error), 106, 99, swl_input_count(model, 0), 0);
  EXPECT_ERROR(swl_output(model, 0, UINT32_MAX, &tensor, &error), 107, -1, swl_output_count(model, 0), 0);
  EXPECT_ERROR(swl_output(model, 0, 0, NOTHING(swl_tensor *), &error), BAD_POINTER, 3, 8, 0);
}

static void check_bind(const swl_model *model, const swl_sizes *sizes) {
  const block arena = block_of(sizes->arena_bytes), workspace = block_of(sizes->workspace_bytes);
#define BIND(a, ab, w, wb, isa) (swl_bind(model, 0, a, ab, w, wb, isa, &error) != NULL ? 0 : error.code)
  EXPECT_ERROR(BIND(arena.memory, arena.bytes - 1, workspace.memory, workspace.bytes, SWL_BEST_ISA), 102, 0, arena.bytes, arena.bytes - 1);
  EXPECT_ERROR(BIND(arena.memory, 0, workspace.memory, workspace.bytes, SWL_BEST_ISA), 102, 0, arena.bytes, 0);
  EXPECT_ERROR(BIND(arena.memory + 16, arena.bytes, workspace.memory, workspace.bytes, SWL_BEST_ISA), 103, 0, 64, 16);
  EXPECT_ERROR(BIND(NULL, arena.bytes, workspace.memory, workspace.bytes, SWL_BEST_ISA), BAD_POINTER, 2, 64, 0);
  EXPECT_ERROR(BIND(arena.memory, arena.bytes, workspace.memory, workspace.bytes - 1, SWL_BEST_ISA), 104, 0, workspace.bytes, workspace.bytes - 1);
  EXPECT_ERROR(BIND(arena.memory, arena.bytes, workspace.memory + 4, workspace.bytes, SWL_BEST_ISA), BAD_POINTER, 4, 16, 4);
  EXPECT_ERROR(BIND(arena.memory, arena.bytes, NOTHING(void *), workspace.bytes, SWL_BEST_ISA), BAD_POINTER, 4, 16, 0);
  EXPECT_ERROR(BIND(arena.memory, arena.bytes, workspace.memory, workspace.bytes, 7), 105, 7, 0, swl_available_isas());
  EXPECT(swl_bind(model, 3, arena.memory, arena.bytes, workspace.memory, workspace.bytes, SWL_BEST_ISA, &error) == NULL && error.code == 101);
  EXPECT(is_whole(&arena) && is_whole(&workspace));
  for (size_t i = 0; i < arena.bytes; i++) EXPECT(arena.memory[i] == 0xA5);
  free(arena.all);
  free(workspace.all);
}

/* Two sessions side by side, with inputs of zeros, all calls refused that should be. */
static void check_sessions(const swl_model *model, const swl_sizes *sizes) {
  block arena[2], workspace[2], output[2];
  swl_session *session[2];
  swl_tensor in, out;
  EXPECT(swl_input(model, 0, 0, &in, &error) == 0 && swl_output(model, 0, 0, &out, &error) == 0);
  for (int i = 0; i < 2; i++) {
    arena[i] = block_of(sizes->arena_bytes);
    workspace[i] = block_of(sizes->workspace_bytes);
    output[i] = block_of(out.bytes);
    session[i] = swl_bind(model, 0, arena[i].memory, arena[i].bytes, workspace[i].memory, workspace[i].bytes, SWL_BEST_ISA, &error);
    EXPECT(session[i] != NULL);
    if (session[i] == NULL) return;
    EXPECT(swl_available_isas() >> swl_session_isa(session[i]) & 1);
  }
  EXPECT_ERROR(swl_run(session[0], &error), 113, 0, 0, 0);
  const block input = block_of(in.bytes + 4), floats = block_of(4 * in.elements + 4);
  memset(input.memory, 0, input.bytes);
  memset(floats.memory, 0, floats.bytes);
  EXPECT_ERROR(swl_set_input_raw(session[0], 0, input.memory, in.bytes - 1, &error), 110, 0, in.bytes, in.bytes - 1);
  EXPECT_ERROR(swl_set_input_raw(session[0], 0, input.memory, in.bytes + 1, &error), 110, 0, in.bytes, in.bytes + 1);
  EXPECT(swl_set_input_raw(session[0], 0, input.memory, SIZE_MAX, &error) == 110);
  EXPECT_ERROR(swl_set_input_raw(session[0], 0, NOTHING(const void *), in.bytes, &error), BAD_POINTER, 2, 1, 0);
  EXPECT_ERROR(swl_set_input_raw(NOTHING(swl_session *), 0, input.memory, in.bytes, &error), BAD_POINTER, 0, 16, 0);
  EXPECT_ERROR(swl_set_input_raw(session[0], 77, input.memory, in.bytes, &error), 106, 77, swl_input_count(model, 0), 0);
  EXPECT_ERROR(swl_set_input_f32(session[0], 0, (const float *)(const void *)floats.memory, in.elements + 1, &error), 109, 0, in.elements, in.elements + 1);
  EXPECT_ERROR(swl_set_input_f32(session[0], 0, (const float *)(const void *)(floats.memory + 1), in.elements, &error), BAD_POINTER, 2, 4, 1);
  EXPECT_ERROR(swl_run(NOTHING(swl_session *), &error), BAD_POINTER, 0, 16, 0);
  EXPECT(swl_session_isa(NOTHING(swl_session *)) == SWL_BEST_ISA);
  swl_reset(NOTHING(swl_session *));
  for (uint32_t j = 0; j < swl_input_count(model, 0); j++) {
    swl_tensor tensor;
    EXPECT(swl_input(model, 0, j, &tensor, &error) == 0);
    const block zeros = block_of(tensor.bytes);
    memset(zeros.memory, 0, zeros.bytes);
    for (int i = 0; i < 2; i++) EXPECT(swl_set_input_raw(session[i], j, zeros.memory, zeros.bytes, &error) == 0);
    free(zeros.all);
  }
  for (int i = 1; i >= 0; i--) EXPECT(swl_run(session[i], &error) == 0);
  EXPECT_ERROR(swl_get_output_raw(session[0], 0, output[0].memory, out.bytes - 1, &error), 110, 0, out.bytes, out.bytes - 1);
  EXPECT_ERROR(swl_get_output_raw(session[0], 0, NOTHING(void *), out.bytes, &error), BAD_POINTER, 2, 1, 0);
  EXPECT_ERROR(swl_get_output_raw(session[0], 99, output[0].memory, out.bytes, &error), 107, 99, swl_output_count(model, 0), 0);
  EXPECT(swl_get_output_f32(session[0], 0, (float *)(void *)floats.memory, out.elements + 1, &error) == 109);
  for (int i = 0; i < 2; i++) {
    EXPECT(swl_get_output_raw(session[i], 0, output[i].memory, out.bytes, &error) == 0);
    swl_reset(session[i]);
  }
  EXPECT(memcmp(output[0].memory, output[1].memory, out.bytes) == 0);
  for (int i = 0; i < 2; i++) {
    EXPECT(is_whole(&arena[i]) && is_whole(&workspace[i]) && is_whole(&output[i]));
    free(arena[i].all);
    free(workspace[i].all);
    free(output[i].all);
  }
  free(input.all);
  free(floats.all);
}

/* What opened is safe to run, whatever it computes. */
static void run_damaged(const swl_model *model, const swl_sizes *sizes) {
  const block arena = block_of(sizes->arena_bytes), workspace = block_of(sizes->workspace_bytes);
  swl_session *session = swl_bind(model, 0, arena.memory, arena.bytes, workspace.memory, workspace.bytes, SWL_BEST_ISA, &error);
  EXPECT(session != NULL);
  if (session == NULL) return;
  swl_tensor tensor;
  for (uint32_t i = 0; i < swl_input_count(model, 0); i++) {
    EXPECT(swl_input(model, 0, i, &tensor, &error) == 0);
    const block values = block_of(tensor.bytes);
    memset(values.memory, 1, values.bytes);
    swl_set_input_raw(session, i, values.memory, values.bytes, &error);
    free(values.all);
  }
  swl_run(session, &error);
  for (uint32_t i = 0; i < swl_output_count(model, 0); i++) {
    EXPECT(swl_output(model, 0, i, &tensor, &error) == 0);
    const block values = block_of(tensor.bytes);
    EXPECT(swl_get_output_raw(session, i, values.memory, values.bytes, &error) == 0);
    EXPECT(is_whole(&values));
    free(values.all);
  }
  EXPECT(is_whole(&arena) && is_whole(&workspace));
  free(arena.all);
  free(workspace.all);
}

/* Every byte of the structure flipped, weights here and there, and every length: a code, or a model that runs inside its memory. */
static void check_damage(const block *file) {
  swl_model model;
  swl_sizes sizes;
  long opened = 0, refused = 0;
  for (size_t length = 0; length < file->bytes; length += length < 2048 ? 1 : 97) {
    EXPECT(swl_open(&model, file->memory, length, ck_default_operators, 0, &error) != 0 && error.code != 0);
  }
  for (size_t at = 0; at < file->bytes; at += at < 12288 ? 1 : 61) {
    const unsigned char kept = file->memory[at];
    file->memory[at] ^= (unsigned char)(1 << at % 8);
    if (swl_open(&model, file->memory, file->bytes, ck_default_operators, at % 2 == 0 ? SWL_VERIFY_CONSTANTS : 0, &error) != 0) refused++;
    else opened++;
    if (swl_program_sizes(&model, 0, &sizes, &error) == 0 && sizes.arena_bytes < 1 << 20 && at % 4 == 0) run_damaged(&model, &sizes);
    file->memory[at] = kept;
  }
  EXPECT(refused > 1000 && opened > 0);
  printf("%ld damaged files refused, %ld harmless or undetected without the digest of the weights\n", refused, opened);
}

int main(int argc, char **argv) {
  if (argc != 2) return 64;
  const block file = read_file(argv[1]);
  static swl_model model;
  swl_sizes sizes = {0, 0};
  check_words();
  check_open(&file, &model);
  if (swl_program_sizes(&model, 0, &sizes, &error) != 0) return 1;
  /* As tools/embedded/operators.swl has: the macro is for those who know their net. */
  EXPECT(sizes.workspace_bytes <= SWL_WORKSPACE_BYTES(64, swl_input_count(&model, 0)));
  check_bind(&model, &sizes);
  check_sessions(&model, &sizes);
  check_damage(&file);
  EXPECT(is_whole(&file));
  free(file.all);
  printf("C interface %s: %d failures\n", swl_version(), failures);
  return failures == 0 ? 0 : 1;
}
