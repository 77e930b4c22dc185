/* measure FRAME - one run of the embedded net in the middle of what would show: system calls (emulator's trace, between two marks), allocations
 * (calls that the linker redirects here), stack (painted before, searched after). Prints the output's bytes to standard output. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net.h"

static unsigned char arena[NET_ARENA_BYTES] __attribute__((aligned(64)));
static unsigned char workspace[NET_WORKSPACE_BYTES] __attribute__((aligned(16)));
static unsigned char frame[NET_LARGEST_INPUT_BYTES], scores[NET_LARGEST_OUTPUT_BYTES];
static swl_model model;
static swl_session *session;
static swl_error error;
static long allocations;

void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes) { return allocations++, __real_malloc(bytes); }
void *__real_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes) { return allocations++, __real_calloc(count, bytes); }
void *__real_realloc(void *old, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes) { return allocations++, __real_realloc(old, bytes); }
int __real_posix_memalign(void **result, size_t alignment, size_t bytes);
int __wrap_posix_memalign(void **result, size_t alignment, size_t bytes) {
  return allocations++, __real_posix_memalign(result, alignment, bytes);
}

enum { painted = 65536 };
static uintptr_t bottom;

__attribute__((noinline)) static void paint(void) {
  volatile unsigned char field[painted];
  for (size_t i = 0; i < painted; i++) field[i] = 0x5C;
  bottom = (uintptr_t)field;
}
__attribute__((noinline)) static size_t stack_used(void) {
  size_t clean = 0;
  const volatile unsigned char *p = (const volatile unsigned char *)bottom;
  while (clean < painted && p[clean] == 0x5C) clean++;
  return painted - clean;
}
__attribute__((noinline)) static int run(void) { return swl_run(session, &error); }

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL || fread(frame, 1, sizeof frame, file) != sizeof frame) return fprintf(stderr, "no frame of %zu bytes\n", sizeof frame), 2;
  fclose(file);
  swl_sizes sizes;
  swl_tensor output;
  if (swl_open(&model, net_model, NET_MODEL_BYTES, net_operators, SWL_VERIFY_CONSTANTS, &error) != 0) goto refused;
  if (swl_program_sizes(&model, 0, &sizes, &error) != 0 || swl_output(&model, 0, 0, &output, &error) != 0) goto refused;
  if (sizes.arena_bytes != NET_ARENA_BYTES || sizes.workspace_bytes > sizeof workspace) return fprintf(stderr, "the macros are wrong\n"), 1;
  session = swl_bind(&model, 0, arena, sizeof arena, workspace, sizeof workspace, SWL_BEST_ISA, &error);
  if (session == NULL || swl_set_input_raw(session, 0, frame, sizeof frame, &error) != 0) goto refused;
  const long before = allocations;
  paint();
  if (write(2, "<run>\n", 6) != 6) return 2;
  const int status = run();
  if (write(2, "</run>\n", 7) != 7) return 2;
  const size_t stack = stack_used();
  const long during = allocations - before;
  if (status != 0 || swl_get_output_raw(session, 0, scores, output.bytes, &error) != 0) goto refused;
  fprintf(stderr, "isa %s arena %zu workspace %zu stack %zu allocations %ld\n", swl_isa_name(swl_session_isa(session)), sizes.arena_bytes,
          sizes.workspace_bytes, stack, during);
  if (fwrite(scores, 1, output.bytes, stdout) != output.bytes) return 2;
  return during == 0 ? 0 : 1;
refused:
  return fprintf(stderr, "%s (%d)\n", swl_code_name(error.code), (int)error.code), 1;
}
