// Matrix products of bf16 operands that accumulate in f32, and what turns f32 matrices into such operands.
//
// bf16 is the upper half of an IEEE single: 8 bits of mantissa, rounded to nearest even. The processor's own
// instructions do the rounding and the products; they take subnormal numbers for zero.
//
// Notation: C [m, n] = A [m, k] B [k, n]. All matrices are row-major, strides are in elements.
#ifndef MHVAE_BF16_H
#define MHVAE_BF16_H

#include <stddef.h>
#include <stdint.h>

// What multiplies, slowest first. Engines group the terms of a sum differently, so they differ in the last bits.
enum {
  BF16_NONE = 0,
  BF16_AVX512 = 1,  // VDPBF16PS on vectors of 16 sums.
  BF16_AMX = 2,     // TDPBF16PS on tiles of 16 x 16 sums.
};

// The best that this processor and its system offer. Asks the system for the tiles' registers.
int bf16_engine(void);

// Everything below needs an engine other than BF16_NONE.

// The terms of a product come in groups of 32: A and B are padded with zeros to whole ones.
enum { BF16_TERMS = 32, BF16_PANEL = 16 };

void bf16_round(const float *x, uint16_t *y, ptrdiff_t count);

// Operand A, `out` [m, bf16_row_stride(k)].
void bf16_rows(const float *x, ptrdiff_t stride, int m, int k, uint16_t *out);             // x [m, k]
void bf16_rows_transposed(const float *x, ptrdiff_t stride, int m, int k, uint16_t *out);  // x [k, m]

// `k` terms, rounded up to whole groups.
static inline int bf16_whole_groups(int k) { return (k + BF16_TERMS - 1) / BF16_TERMS * BF16_TERMS; }

// Rows lie a cache line further apart than they are long: a distance of a power of two would put them all into the same
// few places of the first-level cache.
static inline ptrdiff_t bf16_row_stride(int k) {
  return (ptrdiff_t)bf16_whole_groups(k) + BF16_TERMS;
}

// Operand B, `out`: panels of BF16_PANEL columns, the last one filled with zeros. A panel is
// [k rounded up to BF16_TERMS / 2, BF16_PANEL, 2]: two terms of a column lie side by side.
void bf16_panels(const float *x, ptrdiff_t stride, int k, int n, uint16_t *out);                   // x [k, n]
void bf16_panels_transposed(const float *x, ptrdiff_t stride, int k, int n, uint16_t *out);        // x [n, k]
void bf16_panels_of_rounded(const uint16_t *x, ptrdiff_t stride, int k, int n, uint16_t *out);     // x [k, n]
void bf16_panels_transposed_of_rounded(const uint16_t *x, ptrdiff_t stride, int k, int n, uint16_t *out);  // [n, k]

// How a square window slides over an image [height, width, channels]; `positions` of it are grid_height x grid_width.
typedef struct {
  int height, width, channels, kernel, stride, padding, grid_height, grid_width;
} bf16_windows;

// Operand A from some rows of every window over one image: `out` [positions, bf16_row_stride(rows * kernel * channels)].
void bf16_patches(const uint16_t *image, bf16_windows windows, int first_row, int rows, uint16_t *out);

// Where a product goes.
typedef struct {
  float *base;
  ptrdiff_t stride;
  int accumulating;  // Adds to what is there.
  int transposed;    // `base` is [n, m].
} bf16_result;

// C = A B. The rows of A are read up to whole groups of terms: what lies behind a row must be finite, readable numbers.
void bf16_product(int engine, const uint16_t *a, ptrdiff_t stride, int m, int k, const uint16_t *panels, int n,
                  bf16_result c);

#endif
