/* run MODEL.swl IN.raw OUT.raw [ISA] - runs a model from plain C, on the kernels of a numbered instruction set (swiftlet.h) or the best.
 *
 * IN.raw holds the inputs one after the other, OUT.raw receives the outputs likewise: each in the source model's order and layout, in its
 * own type (int8 as in the file). Everything is allocated here, once; the library allocates nothing. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "swiftlet.h"

static void *read_file(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) return NULL;
  const long size = ftell(file);
  if (size < 0 || fseek(file, 0, SEEK_SET) != 0) return NULL;
  *bytes = (size_t)size;
  /* The model lies at a multiple of 64; aligned_alloc wants a size that is one too. */
  void *memory = aligned_alloc(64, (*bytes + 64) / 64 * 64);
  if (memory != NULL && fread(memory, 1, *bytes, file) != *bytes) return NULL;
  fclose(file);
  return memory;
}

static int fail(const char *what, const swl_error *error) {
  fprintf(stderr, "%s: %s (code %d): index %d, byte %llu, need %llu, have %llu\n", what, swl_code_name(error->code), (int)error->code,
          (int)error->index, (unsigned long long)error->offset, (unsigned long long)error->need, (unsigned long long)error->have);
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 4 && argc != 5) return fprintf(stderr, "usage: run MODEL.swl IN.raw OUT.raw [ISA]\n"), 64;
  const uint32_t isa = argc == 5 ? (uint32_t)strtoul(argv[4], NULL, 10) : SWL_BEST_ISA;
  size_t model_bytes = 0, input_bytes = 0;
  const void *file = read_file(argv[1], &model_bytes);
  const unsigned char *input = read_file(argv[2], &input_bytes);
  if (file == NULL || input == NULL) return fprintf(stderr, "cannot read %s\n", file == NULL ? argv[1] : argv[2]), 1;

  static swl_model model;
  swl_error error;
  if (swl_open(&model, file, model_bytes, ck_default_operators, SWL_VERIFY_CONSTANTS, &error) != 0) return fail(argv[1], &error);
  swl_sizes sizes;
  if (swl_program_sizes(&model, 0, &sizes, &error) != 0) return fail(argv[1], &error);
  void *arena = aligned_alloc(64, sizes.arena_bytes + 64);
  void *workspace = aligned_alloc(64, (sizes.workspace_bytes + 63) / 64 * 64);
  if (arena == NULL || workspace == NULL) return fprintf(stderr, "no memory\n"), 1;
  swl_session *session = swl_bind(&model, 0, arena, sizes.arena_bytes, workspace, sizes.workspace_bytes, isa, &error);
  if (session == NULL) return fail("bind", &error);

  size_t used = 0;
  for (uint32_t i = 0; i < swl_input_count(&model, 0); i++) {
    swl_tensor tensor;
    if (swl_input(&model, 0, i, &tensor, &error) != 0) return fail("input", &error);
    if (tensor.bytes > input_bytes - used) {
      return fprintf(stderr, "%s: %zu bytes are too few: input '%.*s' ends at byte %zu\n", argv[2], input_bytes, (int)tensor.name_bytes,
                     tensor.name != NULL ? tensor.name : "", used + tensor.bytes), 1;
    }
    if (swl_set_input_raw(session, i, input + used, tensor.bytes, &error) != 0) return fail("input", &error);
    used += tensor.bytes;
  }
  if (used != input_bytes) return fprintf(stderr, "%s: %zu bytes, the inputs have %zu\n", argv[2], input_bytes, used), 1;
  if (swl_run(session, &error) != 0) return fail("run", &error);

  FILE *out = fopen(argv[3], "wb");
  if (out == NULL) return fprintf(stderr, "cannot write %s\n", argv[3]), 1;
  for (uint32_t i = 0; i < swl_output_count(&model, 0); i++) {
    swl_tensor tensor;
    if (swl_output(&model, 0, i, &tensor, &error) != 0) return fail("output", &error);
    void *values = malloc(tensor.bytes);
    if (values == NULL) return fprintf(stderr, "no memory\n"), 1;
    if (swl_get_output_raw(session, i, values, tensor.bytes, &error) != 0) return fail("output", &error);
    if (fwrite(values, 1, tensor.bytes, out) != tensor.bytes) return fprintf(stderr, "cannot write %s\n", argv[3]), 1;
    free(values);
  }
  return fclose(out) == 0 ? 0 : 1;
}
