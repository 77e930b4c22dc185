/* count_arm MODEL.swl - marks one inference of a model for insncount.so, after one that is not counted. Inputs are seeded bytes; prints where
 * main lies, so that addresses can be named, and a hash of the outputs. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "swiftlet.h"

static void *read_file(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) return NULL;
  *bytes = (size_t)ftell(file);
  rewind(file);
  void *memory = aligned_alloc(64, (*bytes + 64) / 64 * 64);
  return memory != NULL && fread(memory, 1, *bytes, file) == *bytes ? memory : NULL;
}

static int fail(const char *what) {
  fprintf(stderr, "count_arm: %s\n", what);
  return 1;
}

/* The same bytes each time: a plan may let an inference write over its inputs. */
static int set_inputs(const swl_model *model, swl_session *session) {
  uint32_t random = 1;
  for (uint32_t i = 0; i < swl_input_count(model, 0); i++) {
    swl_tensor tensor;
    if (swl_input(model, 0, i, &tensor, NULL) != 0) return 1;
    uint8_t *values = malloc(tensor.bytes);
    if (values == NULL) return 1;
    for (size_t j = 0; j < tensor.bytes; j++) {
      random = random * 1664525u + 1013904223u;
      values[j] = (uint8_t)(random >> 24);
    }
    if (swl_set_input_raw(session, i, values, tensor.bytes, NULL) != 0) return 1;
    free(values);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 2) return fail("usage: count_arm MODEL.swl");
  size_t bytes = 0;
  const void *file = read_file(argv[1], &bytes);
  static swl_model model;
  swl_sizes sizes;
  if (file == NULL || swl_open(&model, file, bytes, ck_default_operators, SWL_VERIFY_CONSTANTS, NULL) != 0) return fail("cannot open the model");
  if (swl_program_sizes(&model, 0, &sizes, NULL) != 0) return fail("no program");
  void *arena = aligned_alloc(64, (sizes.arena_bytes + 64) / 64 * 64), *workspace = aligned_alloc(64, (sizes.workspace_bytes + 63) / 64 * 64);
  if (arena == NULL || workspace == NULL) return fail("no memory");
  swl_session *session = swl_bind(&model, 0, arena, sizes.arena_bytes, workspace, sizes.workspace_bytes, SWL_BEST_ISA, NULL);
  if (session == NULL) return fail("cannot bind");
  for (int run = 0; run < 2; run++) {
    if (set_inputs(&model, session) != 0) return fail("cannot set the inputs");
    if (run == 1) getpriority(0x4943, 0);
    if (swl_run(session, NULL) != 0) return fail("cannot run");
  }
  getpriority(0x4943, 1);
  uint64_t hash = 14695981039346656037u;
  for (uint32_t i = 0; i < swl_output_count(&model, 0); i++) {
    swl_tensor tensor;
    if (swl_output(&model, 0, i, &tensor, NULL) != 0) return fail("no output");
    uint8_t *values = malloc(tensor.bytes);
    if (values == NULL || swl_get_output_raw(session, i, values, tensor.bytes, NULL) != 0) return fail("cannot get the output");
    for (size_t j = 0; j < tensor.bytes; j++) hash = (hash ^ values[j]) * 1099511628211u;
    free(values);
  }
  printf("main %llx outputs %016llx\n", (unsigned long long)(uintptr_t)&main, (unsigned long long)hash);
  return 0;
}
