#include "ck_window.h"

uint64_t ck_axis_padded(ck_axis axis) {
  const uint64_t image = (uint64_t)axis.in + axis.pad;
  const uint64_t windows = ck_add(ck_multiply(axis.out - 1, axis.stride), ck_axis_span(axis));
  return image > windows ? image : windows;
}

ck_taps ck_axis_taps(ck_axis axis, int64_t start) {
  ck_taps taps = {0, 0};
  if (start >= (int64_t)axis.in) return taps;
  const uint64_t begin = start < 0 ? ck_ceil_divide((uint64_t)-start, axis.dilation) : 0;
  const uint64_t end = ck_ceil_divide((uint64_t)((int64_t)axis.in - start), axis.dilation);
  taps.end = end < axis.kernel ? (uint32_t)end : axis.kernel;
  taps.begin = begin < taps.end ? (uint32_t)begin : taps.end;
  return taps;
}

bool ck_axis_is_legal(ck_axis axis) {
  if (axis.in == 0 || axis.out == 0 || axis.kernel == 0 || axis.stride == 0 || axis.dilation == 0) return false;
  return axis.pad <= INT32_MAX && ck_axis_padded(axis) <= INT32_MAX;
}

/* Sum over i < n of (a * i + b) / m rounded down, modulo 2^64, in as many steps as Euclid's algorithm; n, m < 2^31, a, b < 2^32. */
static uint64_t floor_sum(uint64_t n, uint64_t a, uint64_t b, uint64_t m) {
  uint64_t sum = 0;
  while (n > 0) {
    sum += n * (n - 1) / 2 * (a / m) + n * (b / m);
    a %= m;
    const uint64_t end = a * n + b % m, divisor = m;
    n = end / m;
    b = end % m;
    m = a;
    a = divisor;
  }
  return sum;
}

bool ck_axis_windows_hold_a_tap(ck_axis axis) {
  if (!ck_axis_is_legal(axis) || ck_axis_start(axis, axis.out - 1) >= (int64_t)axis.in) return false;
  if (axis.pad >= ck_axis_span(axis)) return false;
  if (axis.pad == 0 || axis.dilation <= axis.in) return true;
  /* Taps may step over an image shorter than the dilation. A window that starts in the padding at s first reaches the image at
   * s mod dilation; how many of these are `in` or more is a difference of two sums of quotients. */
  const uint32_t padded = (axis.pad - 1) / axis.stride + 1, starts = axis.out < padded ? axis.out : padded;
  const uint64_t first = axis.dilation - 1 - (axis.pad - 1) % axis.dilation;
  return floor_sum(starts, axis.stride, first + axis.dilation - axis.in, axis.dilation) ==
         floor_sum(starts, axis.stride, first, axis.dilation);
}

ck_fault ck_check_conv2d_geometry(const ck_conv2d_parameters *p, bool depthwise) {
  CK_REQUIRE(p->batch > 0, CK_BAD_PARAMETER, ck_conv2d_parameters, batch);
  CK_REQUIRE(p->in_c > 0, CK_BAD_PARAMETER, ck_conv2d_parameters, in_c);
  CK_REQUIRE(p->out_c > 0, CK_BAD_PARAMETER, ck_conv2d_parameters, out_c);
  CK_REQUIRE(ck_axis_is_legal(ck_conv2d_rows(p)), CK_BAD_PARAMETER, ck_conv2d_parameters, kernel_h);
  CK_REQUIRE(ck_axis_is_legal(ck_conv2d_columns(p)), CK_BAD_PARAMETER, ck_conv2d_parameters, kernel_w);
  CK_REQUIRE(ck_multiply(p->batch, p->out_h) <= UINT32_MAX, CK_BAD_PARAMETER, ck_conv2d_parameters, batch);
  CK_REQUIRE(p->groups > 0 && p->in_c % p->groups == 0 && p->out_c % p->groups == 0, CK_BAD_PARAMETER, ck_conv2d_parameters, groups);
  CK_REQUIRE(!depthwise || p->groups == p->in_c, CK_BAD_PARAMETER, ck_conv2d_parameters, groups);
  return ck_pass();
}

ck_fault ck_check_pool_geometry(const ck_pool_parameters *p) {
  CK_REQUIRE(p->kind == CK_POOL_MAX || p->kind == CK_POOL_AVERAGE, CK_BAD_PARAMETER, ck_pool_parameters, kind);
  CK_REQUIRE(p->batch > 0, CK_BAD_PARAMETER, ck_pool_parameters, batch);
  CK_REQUIRE(p->channels > 0, CK_BAD_PARAMETER, ck_pool_parameters, channels);
  CK_REQUIRE(ck_axis_windows_hold_a_tap(ck_pool_rows(p)), CK_BAD_PARAMETER, ck_pool_parameters, kernel_h);
  CK_REQUIRE(ck_axis_windows_hold_a_tap(ck_pool_columns(p)), CK_BAD_PARAMETER, ck_pool_parameters, kernel_w);
  CK_REQUIRE(ck_multiply(p->kernel_h, p->kernel_w) <= 1u << 23, CK_BAD_PARAMETER, ck_pool_parameters, kernel_h);
  CK_REQUIRE(ck_multiply(p->batch, p->out_h) <= UINT32_MAX, CK_BAD_PARAMETER, ck_pool_parameters, batch);
  CK_REQUIRE(p->count_includes_pad <= 1, CK_BAD_PARAMETER, ck_pool_parameters, count_includes_pad);
  CK_REQUIRE(p->pad_bottom <= INT32_MAX, CK_BAD_PARAMETER, ck_pool_parameters, pad_bottom);
  CK_REQUIRE(p->pad_right <= INT32_MAX, CK_BAD_PARAMETER, ck_pool_parameters, pad_right);
  return ck_pass();
}

/* Lowest input row that is still read in place once output row r is begun. */
static uint64_t first_row_in_place(ck_axis rows, enum ck_row_reading reading, uint32_t r) {
  int64_t first = ck_axis_start(rows, r);
  if (reading == CK_ROWS_RING) {
    if (r == rows.out - 1) return rows.in;
    const int64_t next = first + rows.stride;
    first += (int64_t)ck_axis_span(rows);
    if (next > first) first = next;
  }
  return first < 0 ? 0 : first > (int64_t)rows.in ? rows.in : (uint64_t)first;
}

uint64_t ck_rows_ahead(
    ck_axis rows, uint32_t batch, enum ck_row_reading reading, uint64_t in_row_bytes, uint64_t out_row_bytes, uint64_t out_pixel_bytes) {
  const uint64_t in_bytes = ck_multiply3(batch, rows.in, in_row_bytes), out_bytes = ck_multiply3(batch, rows.out, out_row_bytes);
  if (!ck_axis_is_legal(rows) || batch == 0 || in_bytes > INT64_MAX / 4 || out_bytes > INT64_MAX / 4 || out_pixel_bytes > UINT32_MAX ||
      out_row_bytes == 0) {
    return CK_DISJOINT;
  }
  const uint64_t early_bytes = CK_EARLY_PIXELS * out_pixel_bytes, image_bytes = rows.out * out_row_bytes;
  /* The distance is piecewise linear in r, with bends where the clamps of first(r) and written(r) begin and end, and linear in b; the last
   * image may be exempt. */
  const int64_t lowest = (int64_t)rows.pad / rows.stride, highest = ((int64_t)rows.in + rows.pad) / rows.stride;
  const int64_t spans = (int64_t)(ck_axis_span(rows) / rows.stride) + 1, early_rows = (int64_t)(early_bytes / out_row_bytes);
  const int64_t last = (int64_t)rows.out - 1;
  const int64_t bends[] = {0, lowest - spans, lowest, highest - spans, highest, last - early_rows, last};
  const uint32_t images[] = {0, batch > 1 ? batch - 2 : 0, batch - 1};
  int64_t ahead = 0;
  for (size_t i = 0; i < sizeof bends / sizeof bends[0]; i++) {
    for (int64_t r = bends[i] - 2; r <= bends[i] + 2; r++) {
      if (r < 0 || r > last) continue;
      for (size_t j = 0; j < sizeof images / sizeof images[0]; j++) {
        const uint64_t first = (uint64_t)images[j] * rows.in + first_row_in_place(rows, reading, (uint32_t)r);
        if (first == (uint64_t)batch * rows.in) continue;
        uint64_t written = ((uint64_t)r + 1) * out_row_bytes + early_bytes;
        if (written > image_bytes) written = image_bytes;
        const int64_t distance = (int64_t)(images[j] * image_bytes + written) - (int64_t)(first * in_row_bytes);
        if (distance > ahead) ahead = distance;
      }
    }
  }
  return (uint64_t)ahead;
}
