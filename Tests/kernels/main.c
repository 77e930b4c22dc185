/* kernels [SEED] [ROUNDS]: compares and reports; the last lines name every variant and how many cases it ran. Exit 1 on a difference. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guarded.h"
#include "kernels.h"

static uint64_t state;
uint32_t random_bits(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 32);
}
int random_in(int low, int high) { return low + (int)(random_bits() % (uint32_t)(high - low + 1)); }
bool one_in(int n) { return random_bits() % (uint32_t)n == 0; }

enum { max_names = 256 };
static struct {
  const char *name;
  ck_isa isa;
  long cases;
} runs[max_names];
static unsigned name_count;
static long failures;

static void count_run(const ck_operator *op, ck_kernel_fn kernel) {
  for (unsigned i = 0; i < op->variant_count; i++) {
    if (op->variants[i].kernel != kernel) continue;
    for (unsigned n = 0; n < name_count; n++) {
      if (strcmp(runs[n].name, op->variants[i].name) == 0) runs[n].cases++;
    }
  }
}
static const char *name_of(const ck_operator *op, ck_kernel_fn kernel) {
  for (unsigned i = 0; i < op->variant_count; i++) {
    if (op->variants[i].kernel == kernel) return op->variants[i].name;
  }
  return "unnamed";
}

static uint8_t *allocate(size_t bytes) {
  uint8_t *buffer = guarded_allocate(bytes);
  if (buffer == NULL) {
    fprintf(stderr, "out of memory\n");
    exit(2);
  }
  return buffer;
}
static void release(const char *label, uint8_t *buffer, size_t bytes) {
  if (guarded_free(buffer, bytes) == 0) return;
  failures++;
  printf("%s: wrote before a buffer\n", label);
}
/* Up to the alignment of constants, so that the buffer itself is aligned. */
static size_t aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }

static void fill_input(const test_case *test, unsigned index, uint8_t *bytes) {
  if (test->dtype[index] == CK_DTYPE_F32) {
    const bool extremes = one_in(4); /* one infinity hides every other term of a sum */
    for (size_t i = 0; i < test->bytes[index] / 4; i++) {
      const float values[] = {0.0f, -0.0f, 1e30f, -1e30f, __builtin_inff(), -__builtin_inff()};
      const float value = extremes && one_in(10) ? values[random_in(0, 5)] : (float)random_in(-1000000, 1000000) * 3e-6f;
      memcpy(bytes + 4 * i, &value, 4);
    }
    return;
  }
  for (size_t i = 0; i < test->bytes[index]; i++) bytes[i] = one_in(8) ? (one_in(2) ? 0 : 255) : (uint8_t)random_bits();
}

/* Lets `check` see the instruction as a file would hold it. */
static bool is_legal(test_case *test) {
  ck_tensor tensors[max_operands] = {0};
  const ck_tensor *operands[max_operands];
  ck_instruction *instruction = &test->instruction;
  instruction->input_count = (uint8_t)test->inputs;
  instruction->output_count = 1;
  for (unsigned i = 0; i < CK_MAX_OPERANDS; i++) instruction->operand[i] = i <= test->inputs ? i : CK_NONE;
  for (unsigned i = 0; i <= test->inputs; i++) {
    tensors[i].dtype = test->dtype[i];
    tensors[i].bytes = test->bytes[i];
    tensors[i].storage = CK_STORAGE_ARENA;
    operands[i] = &tensors[i];
  }
  for (unsigned i = 0; i < CK_MAX_CONSTANTS && test->constant_bytes[i] > 0; i++) {
    instruction->constant[i].bytes = test->constant_bytes[i];
    instruction->constant_count = (uint8_t)(i + 1);
  }
  instruction->scratch_bytes = test->op->scratch(instruction);
  if (instruction->scratch_bytes > 1 << 24) return false;
  return test->op->check(instruction, operands).status == CK_OK;
}

/* One NaN for all: IEEE 754 leaves open which of two operands' NaN an operation returns, and compilers swap operands. */
static void canonicalize(const test_case *test, uint8_t *output) {
  if (test->dtype[test->inputs] != CK_DTYPE_F32) return;
  for (size_t i = 0; i < test->bytes[test->inputs] / 4; i++) {
    float value;
    memcpy(&value, output + 4 * i, 4);
    if (value == value) continue;
    value = __builtin_nanf("");
    memcpy(output + 4 * i, &value, 4);
  }
}

/* Fails the case where `output` is not what the scalar kernel gave. */
static void expect(const test_case *test, const ck_bound *bound, const char *how, uint8_t *output, const uint8_t *expected) {
  const size_t out = test->bytes[test->inputs];
  canonicalize(test, output);
  if (memcmp(output, expected, out) == 0) return;
  size_t at = 0;
  while (output[at] == expected[at]) at++;
  failures++;
  printf(
      "%s: %s%s: byte %zu of %zu is %d, scalar %d\n", test->label, name_of(test->op, bound->kernel), how, at, out, output[at], expected[at]);
}

/* The output `ahead` bytes before the first input, which it then overwrites: the least that a plan keeps. Leaves `bound` as it was. */
static void compare_overlapped(const test_case *test, ck_bound *bound, const uint8_t *expected) {
  const uint64_t ahead = test->op->ahead(&test->instruction, 0);
  const size_t in = test->bytes[0], out = test->bytes[test->inputs];
  if (ahead >= out) return; /* disjoint, or far enough apart to be */
  const size_t lead = test->dtype[0] == CK_DTYPE_S8 && test->dtype[test->inputs] == CK_DTYPE_S8 ? (size_t)ahead : ((size_t)ahead + 3) / 4 * 4;
  const size_t bytes = lead + in > out ? lead + in : out;
  uint8_t *both = allocate(bytes), *const input = bound->operand[0], *const output = bound->operand[test->inputs];
  memset(both, 0x5A, bytes);
  memcpy(both + lead, input, in);
  bound->operand[0] = both + lead;
  bound->operand[test->inputs] = both;
  ck_run(bound);
  expect(test, bound, ", overlapped", both, expected);
  bound->operand[0] = input;
  bound->operand[test->inputs] = output;
  release(test->label, both, bytes);
}

/* The output in the place of each input that it may take. Leaves `bound` as it was. */
static void compare_in_place(const test_case *test, ck_bound *bound, const uint8_t *expected) {
  const size_t out = test->bytes[test->inputs];
  for (unsigned i = 0; i < test->inputs; i++) {
    if (test->op->ahead(&test->instruction, i) != CK_SAME_PLACE) continue;
    uint8_t *both = allocate(out), *const input = bound->operand[i], *const output = bound->operand[test->inputs];
    memcpy(both, input, out);
    bound->operand[i] = bound->operand[test->inputs] = both;
    ck_run(bound);
    expect(test, bound, ", in place", both, expected);
    bound->operand[i] = input;
    bound->operand[test->inputs] = output;
    release(test->label, both, out);
  }
}

static void compare(test_case *test) {
  uint8_t *operand[max_operands], *constant[CK_MAX_CONSTANTS] = {0};
  const size_t out = test->bytes[test->inputs], scratch_bytes = aligned(test->instruction.scratch_bytes);
  for (unsigned i = 0; i <= test->inputs; i++) {
    operand[i] = allocate(test->bytes[i]);
    fill_input(test, i, operand[i]);
  }
  for (unsigned i = 0; i < CK_MAX_CONSTANTS; i++) constant[i] = allocate(aligned(test->constant_bytes[i]));
  if (test->fill != NULL) test->fill(test, constant);
  uint8_t *scratch = allocate(scratch_bytes), *expected = allocate(out);
  ck_bound bound = {.instruction = &test->instruction, .scratch = scratch};
  for (unsigned i = 0; i <= test->inputs; i++) {
    bound.operand[i] = operand[i];
    bound.operand_xor[i] = test->dtype[i] == CK_DTYPE_S8 ? CK_ARENA_XOR : 0;
  }
  for (unsigned i = 0; i < CK_MAX_CONSTANTS; i++) bound.constant[i] = constant[i];

  bound.operand[test->inputs] = expected;
  test->op->bind(&test->instruction, CK_ISA_SCALAR, &bound);
  const ck_kernel_fn scalar = bound.kernel;
  ck_run(&bound);
  canonicalize(test, expected);
  bound.operand[test->inputs] = operand[test->inputs];
  for (unsigned isa = 0; isa < CK_ISA_COUNT; isa++) {
    if (!(ck_isa_available() >> isa & 1)) continue;
    test->op->bind(&test->instruction, (ck_isa)isa, &bound);
    if (isa != CK_ISA_SCALAR && bound.kernel == scalar) continue;
    memset(operand[test->inputs], 0x5A, out);
    memset(scratch, (int)random_bits(), scratch_bytes);
    ck_run(&bound);
    count_run(test->op, bound.kernel);
    expect(test, &bound, "", operand[test->inputs], expected);
    compare_overlapped(test, &bound, expected);
    compare_in_place(test, &bound, expected);
  }
  for (unsigned i = 0; i <= test->inputs; i++) release(test->label, operand[i], test->bytes[i]);
  for (unsigned i = 0; i < CK_MAX_CONSTANTS; i++) release(test->label, constant[i], aligned(test->constant_bytes[i]));
  release(test->label, scratch, scratch_bytes);
  release(test->label, expected, out);
}

int main(int count, char **arguments) {
  const uint64_t seed = count > 1 ? strtoull(arguments[1], NULL, 10) : 1;
  const int rounds = count > 2 ? atoi(arguments[2]) : 400;
  state = seed * 0x9E3779B97F4A7C15u + 1;
  for (const ck_operator *const *op = ck_default_operators; *op != NULL; op++) {
    for (unsigned i = 0; i < (*op)->variant_count && name_count < max_names; i++) {
      runs[name_count].name = (*op)->variants[i].name;
      runs[name_count++].isa = (*op)->variants[i].isa;
    }
  }
  test_case (*const generators[])(void) = {
      random_gemm,   random_conv2d,  random_dwconv2d, random_pool,       random_reduce,
      random_binary, random_softmax, random_quantize, random_dequantize, random_table,
      random_gemm_f32,   random_conv2d_f32, random_dwconv2d_f32, random_pool_f32,
      random_reduce_f32, random_binary_f32, random_unary_f32,    random_softmax_f32,
      random_resample,   random_resample_f32,
      random_matmul, random_matmul_f32, random_normalize, random_normalize_f32, random_prelu, random_prelu_f32,
      random_gemm_s16, random_conv2d_s16, random_dwconv2d_s16, random_pool_s16, random_reduce_s16,
      random_binary_s16, random_requantize, random_quantize_s16, random_dequantize_s16};
  long legal = 0, all = 0;
  for (int round = 0; round < rounds; round++) {
    for (size_t i = 0; i < sizeof generators / sizeof generators[0]; i++) {
      test_case test = generators[i]();
      all++;
      if (!is_legal(&test)) continue;
      legal++;
      compare(&test);
    }
  }
  failures += check_codec(rounds);
  failures += check_elements(rounds);
  printf("seed %llu: %ld cases of %ld legal, %ld failures\n", (unsigned long long)seed, legal, all, failures);
  for (unsigned n = 0; n < name_count; n++) printf("%s %s %ld\n", runs[n].cases > 0 ? "ran" : "skipped", runs[n].name, runs[n].cases);
  return failures > 0 || legal * 2 < all;
}
