// For processors on which `bf16_engine` finds nothing: nobody gets here.
#include "bf16.h"

#if !defined(__x86_64__)
void bf16_round(const float *x, uint16_t *y, ptrdiff_t count) { __builtin_trap(); }
void bf16_rows(const float *x, ptrdiff_t stride, int m, int k, uint16_t *out) { __builtin_trap(); }
void bf16_rows_transposed(const float *x, ptrdiff_t stride, int m, int k, uint16_t *out) { __builtin_trap(); }
void bf16_panels(const float *x, ptrdiff_t stride, int k, int n, uint16_t *out) { __builtin_trap(); }
void bf16_panels_transposed(const float *x, ptrdiff_t stride, int k, int n, uint16_t *out) { __builtin_trap(); }
void bf16_panels_of_rounded(const uint16_t *x, ptrdiff_t stride, int k, int n, uint16_t *out) { __builtin_trap(); }
void bf16_panels_transposed_of_rounded(const uint16_t *x, ptrdiff_t stride, int k, int n, uint16_t *out) {
  __builtin_trap();
}
void bf16_patches(const uint16_t *image, bf16_windows windows, int first_row, int rows, uint16_t *out) {
  __builtin_trap();
}
void bf16_product(int engine, const uint16_t *a, ptrdiff_t stride, int m, int k, const uint16_t *panels, int n,
                  bf16_result c) {
  __builtin_trap();
}
#endif
