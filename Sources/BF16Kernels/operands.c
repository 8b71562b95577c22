// Operands of products from matrices of floats, or of numbers that are rounded already.
#include "bf16.h"

#if defined(__x86_64__)
#include <string.h>

#include "vectors.h"

INLINE __mmask32 first32(int count) {
  return count >= 32 ? 0xffffffffu : count <= 0 ? 0 : (1u << count) - 1;
}

INLINE AVX512 __m512i round32(__m512 low, __m512 high) { return (__m512i)_mm512_cvtne2ps_pbh(high, low); }

// The first `count` of 32 numbers, zeros behind them.
INLINE AVX512 __m512i load32(const float *x, int count) {
  return round32(_mm512_maskz_loadu_ps(first16(count), x), _mm512_maskz_loadu_ps(first16(count - 16), x + 16));
}

INLINE AVX512 __m512i load32_rounded(const uint16_t *x, int count) { return _mm512_maskz_loadu_epi16(first32(count), x); }

// Two rows of 16 numbers become 16 pairs.
INLINE AVX512 __m512i pairs(__m512 first, __m512 second) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                                         21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(order, round32(first, second));
}

AVX512 void bf16_round(const float *x, uint16_t *y, ptrdiff_t count) {
  ptrdiff_t i = 0;
  for (; i + 32 <= count; i += 32)
    _mm512_storeu_si512(y + i, round32(_mm512_loadu_ps(x + i), _mm512_loadu_ps(x + i + 16)));
  if (i < count) _mm512_mask_storeu_epi16(y + i, first32((int)(count - i)), load32(x + i, (int)(count - i)));
}

AVX512 void bf16_rows(const float *x, ptrdiff_t stride, int m, int k, uint16_t *out) {
  ptrdiff_t width = bf16_row_stride(k);
  for (int r = 0; r < m; r++, x += stride, out += width) {
    for (int i = 0; i < k; i += 32) _mm512_storeu_si512(out + i, load32(x + i, k - i));
  }
}

AVX512 void bf16_rows_transposed(const float *x, ptrdiff_t stride, int m, int k, uint16_t *out) {
  ptrdiff_t width = bf16_row_stride(k);
  for (int i = 0; i < k; i += 32) {
    for (int r = 0; r < m; r += 16) {
      __mmask16 columns = first16(m - r);
      __m512i block[16];
      for (int q = 0; q < 16; q++) {
        int term = i + 2 * q;
        const float *row = x + term * stride + r;
        __m512 first = term < k ? _mm512_maskz_loadu_ps(columns, row) : _mm512_setzero_ps();
        __m512 second = term + 1 < k ? _mm512_maskz_loadu_ps(columns, row + stride) : _mm512_setzero_ps();
        block[q] = pairs(first, second);
      }
      transpose16(block);
      for (int j = 0; j < 16 && r + j < m; j++) _mm512_storeu_si512(out + (r + j) * width + i, block[j]);
    }
  }
}

AVX512 void bf16_panels(const float *x, ptrdiff_t stride, int k, int n, uint16_t *out) {
  ptrdiff_t panel = (ptrdiff_t)bf16_whole_groups(k) * BF16_PANEL;
  for (int i = 0; i < bf16_whole_groups(k); i += 2) {
    const float *row = x + i * stride;
    for (int c = 0; c < n; c += 16) {
      __mmask16 columns = first16(n - c);
      __m512 first = i < k ? _mm512_maskz_loadu_ps(columns, row + c) : _mm512_setzero_ps();
      __m512 second = i + 1 < k ? _mm512_maskz_loadu_ps(columns, row + stride + c) : _mm512_setzero_ps();
      _mm512_storeu_si512(out + c / 16 * panel + i * 16, pairs(first, second));
    }
  }
}

AVX512 void bf16_panels_of_rounded(const uint16_t *x, ptrdiff_t stride, int k, int n, uint16_t *out) {
  const __m512i low = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8, 39, 7, 38, 6, 37,
                                       5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
  const __m512i high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
  ptrdiff_t panel = (ptrdiff_t)bf16_whole_groups(k) * BF16_PANEL;
  for (int i = 0; i < bf16_whole_groups(k); i += 2) {
    const uint16_t *row = x + i * stride;
    for (int c = 0; c < n; c += 32) {
      __m512i first = i < k ? load32_rounded(row + c, n - c) : _mm512_setzero_si512();
      __m512i second = i + 1 < k ? load32_rounded(row + stride + c, n - c) : _mm512_setzero_si512();
      uint16_t *place = out + c / 16 * panel + i * 16;
      _mm512_storeu_si512(place, _mm512_permutex2var_epi16(first, low, second));
      if (n - c > 16) _mm512_storeu_si512(place + panel, _mm512_permutex2var_epi16(first, high, second));
    }
  }
}

// Copies `count` numbers, or sets them to zero.
INLINE AVX512 void copy_run(const uint16_t *from, uint16_t *to, int count) {
  int i = 0;
  for (; i + 32 <= count; i += 32)
    _mm512_storeu_si512(to + i, from ? _mm512_loadu_si512(from + i) : _mm512_setzero_si512());
  if (i == count) return;
  __mmask32 rest = first32(count - i);
  __m512i part = from ? _mm512_maskz_loadu_epi16(rest, from + i) : _mm512_setzero_si512();
  _mm512_mask_storeu_epi16(to + i, rest, part);
}

// A row of a window of which some columns lie outside of the image, those before `first` and from `last` on.
AVX512 static void clipped_run(const uint16_t *pixels, uint16_t *to, bf16_windows w, int first, int last) {
  copy_run(NULL, to, first * w.channels);
  copy_run(pixels + first * w.channels, to + first * w.channels, (last - first) * w.channels);
  copy_run(NULL, to + last * w.channels, (w.kernel - last) * w.channels);
}

AVX512 void bf16_patches(const uint16_t *image, bf16_windows w, int first_row, int rows, uint16_t *out) {
  int run = w.kernel * w.channels, filled = rows * run, gap = bf16_whole_groups(filled) - filled;
  ptrdiff_t width = bf16_row_stride(filled);
  for (int gy = 0; gy < w.grid_height; gy++) {
    for (int gx = 0; gx < w.grid_width; gx++, out += width) {
      int left = gx * w.stride - w.padding;
      int first = left < 0 ? -left : 0, last = left + w.kernel > w.width ? w.width - left : w.kernel;
      for (int row = 0; row < rows; row++) {
        int y = gy * w.stride - w.padding + first_row + row;
        uint16_t *to = out + row * run;
        const uint16_t *pixels = image + ((ptrdiff_t)y * w.width + left) * w.channels;
        if (y < 0 || y >= w.height || last <= first)
          copy_run(NULL, to, run);
        else if (last - first < w.kernel)
          clipped_run(pixels, to, w, first, last);
        else if (run == 4)  // Small windows over grey images: there are so many that each must take next to no time.
          memcpy(to, pixels, 8);
        else
          copy_run(pixels, to, run);
      }
      if (gap) copy_run(NULL, out + filled, gap);
    }
  }
}

// The 16 columns of a panel, for 32 terms, from rows of terms.
INLINE AVX512 void store_panel(__m512i rows[16], uint16_t *out) {
  transpose16(rows);
  for (int q = 0; q < 16; q++) _mm512_storeu_si512(out + q * 32, rows[q]);
}

AVX512 void bf16_panels_transposed(const float *x, ptrdiff_t stride, int k, int n, uint16_t *out) {
  for (int c = 0; c < n; c += 16) {
    for (int i = 0; i < k; i += 32, out += 512) {
      __m512i rows[16];
      for (int j = 0; j < 16; j++)
        rows[j] = c + j < n ? load32(x + (c + j) * stride + i, k - i) : _mm512_setzero_si512();
      store_panel(rows, out);
    }
  }
}

AVX512 void bf16_panels_transposed_of_rounded(const uint16_t *x, ptrdiff_t stride, int k, int n, uint16_t *out) {
  for (int c = 0; c < n; c += 16) {
    for (int i = 0; i < k; i += 32, out += 512) {
      __m512i rows[16];
      for (int j = 0; j < 16; j++)
        rows[j] = c + j < n ? load32_rounded(x + (c + j) * stride + i, k - i) : _mm512_setzero_si512();
      store_panel(rows, out);
    }
  }
}
#endif
