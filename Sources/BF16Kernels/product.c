// The products: blocks of 32 x 32 sums, by tiles or by vectors.
#include "bf16.h"

#if defined(__x86_64__)
#include "vectors.h"

// Groups of terms that are worked on at a time: so much of a block's rows and of its panels fits into the first-level
// cache.
enum { BLOCK = 32, HALF = 16, DEPTH = 16 };

static int smaller(int a, int b) { return a < b ? a : b; }

// One block: A's rows, B's panels, and how many of either.
typedef struct {
  const uint16_t *a;
  ptrdiff_t stride;
  const uint16_t *panels;
  ptrdiff_t panel;  // Numbers of a panel.
  int groups;       // Of terms.
  int rows, columns;
} block;

// Puts a block [rows, 32] of sums where it belongs.
AVX512 static void store_block(const float *sums, int rows, int columns, bf16_result c) {
  for (int r = 0; r < rows; r++, sums += BLOCK, c.base += c.stride) {
    for (int j = 0; j < columns; j += HALF) {
      __mmask16 mask = first16(columns - j);
      __m512 value = _mm512_load_ps(sums + j);
      if (c.accumulating) value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(mask, c.base + j));
      _mm512_mask_storeu_ps(c.base + j, mask, value);
    }
  }
}

// The same for a result [columns, rows].
AVX512 static void store_block_transposed(const float *sums, int rows, int columns, bf16_result c) {
  for (int r = 0; r < rows; r += HALF) {
    __mmask16 mask = first16(rows - r);
    for (int j = 0; j < columns; j += HALF) {
      __m512i part[HALF];
      for (int i = 0; i < HALF; i++) part[i] = _mm512_load_si512(sums + (r + i) * BLOCK + j);
      transpose16(part);
      for (int i = 0; i < HALF && j + i < columns; i++) {
        float *place = c.base + (j + i) * c.stride + r;
        __m512 value = _mm512_castsi512_ps(part[i]);
        if (c.accumulating) value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(mask, place));
        _mm512_mask_storeu_ps(place, mask, value);
      }
    }
  }
}

// MARK: Vectors

enum { VECTOR_ROWS = 8 };

// `rows` is a constant: the sums stay in registers.
INLINE AVX512 void vector_rows(const block *b, int row, int rows, int panels, float *sums) {
  __m512 total[VECTOR_ROWS][2];
  for (int r = 0; r < rows; r++)
    for (int p = 0; p < panels; p++) total[r][p] = _mm512_setzero_ps();
  const uint16_t *a = b->a + row * b->stride;
  for (int q = 0; q < b->groups * HALF; q++) {
    __m512bh terms[2];
    for (int p = 0; p < panels; p++) terms[p] = (__m512bh)_mm512_loadu_si512(b->panels + p * b->panel + q * 32);
    for (int r = 0; r < rows; r++) {
      int pair;
      __builtin_memcpy(&pair, a + r * b->stride + 2 * q, 4);
      __m512bh both = (__m512bh)_mm512_set1_epi32(pair);
      for (int p = 0; p < panels; p++) total[r][p] = _mm512_dpbf16_ps(total[r][p], both, terms[p]);
    }
  }
  for (int r = 0; r < rows; r++)
    for (int p = 0; p < panels; p++) _mm512_store_ps(sums + (row + r) * BLOCK + p * HALF, total[r][p]);
}

AVX512 static void vector_block(const block *b, float *sums) {
  int row = 0;
  if (b->columns > HALF) {
    for (; row + VECTOR_ROWS <= b->rows; row += VECTOR_ROWS) vector_rows(b, row, VECTOR_ROWS, 2, sums);
    for (; row < b->rows; row++) vector_rows(b, row, 1, 2, sums);
  } else {
    for (; row + VECTOR_ROWS <= b->rows; row += VECTOR_ROWS) vector_rows(b, row, VECTOR_ROWS, 1, sums);
    for (; row < b->rows; row++) vector_rows(b, row, 1, 1, sums);
  }
}

// MARK: Tiles

// The layout of the instruction LDTILECFG.
typedef struct {
  uint8_t palette, start, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} tile_shapes;

// Tiles 0 to 3 are sums, 4 and 5 rows of A, 6 and 7 panels of B.
TILES static void shape_tiles(int rows) {
  tile_shapes shapes = {.palette = 1};
  int first = smaller(rows, HALF), second = rows > HALF ? rows - HALF : HALF;
  const int tile_rows[8] = {first, first, second, second, first, second, HALF, HALF};
  for (int i = 0; i < 8; i++) {
    shapes.row_bytes[i] = 64;
    shapes.rows[i] = (uint8_t)tile_rows[i];
  }
  _tile_loadconfig(&shapes);
}

// Adds a block's products to what is at `place`, or sets it. `ahead` is read into the cache meanwhile, a line of each row
// a group: A's next rows come from far away.
INLINE TILES void tile_block(const block *b, int two_rows, int two_panels, const uint16_t *ahead, float *place,
                             ptrdiff_t stride, int accumulating) {
  ptrdiff_t bytes = 2 * b->stride, row_bytes = 4 * stride;
  const uint16_t *second_rows = b->a + HALF * b->stride, *second_panel = b->panels + b->panel;
  float *below = place + HALF * stride;
  if (accumulating) {
    _tile_loadd(0, place, row_bytes);
    if (two_panels) _tile_loadd(1, place + HALF, row_bytes);
    if (two_rows) _tile_loadd(2, below, row_bytes);
    if (two_rows && two_panels) _tile_loadd(3, below + HALF, row_bytes);
  } else {
    _tile_zero(0);
    if (two_panels) _tile_zero(1);
    if (two_rows) _tile_zero(2);
    if (two_rows && two_panels) _tile_zero(3);
  }
  for (int g = 0; g < b->groups; g++) {
    if (ahead)
      for (int r = 0; r < BLOCK; r++) _mm_prefetch(ahead + r * b->stride + g * BF16_TERMS, _MM_HINT_T1);
    _tile_loadd(6, b->panels + g * 512, 64);
    _tile_loadd(4, b->a + g * BF16_TERMS, bytes);
    _tile_dpbf16ps(0, 4, 6);
    if (two_rows) {
      _tile_loadd(5, second_rows + g * BF16_TERMS, bytes);
      _tile_dpbf16ps(2, 5, 6);
    }
    if (two_panels) {
      _tile_loadd(7, second_panel + g * 512, 64);
      _tile_dpbf16ps(1, 4, 7);
      if (two_rows) _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, place, row_bytes);
  if (two_panels) _tile_stored(1, place + HALF, row_bytes);
  if (two_rows) _tile_stored(2, below, row_bytes);
  if (two_rows && two_panels) _tile_stored(3, below + HALF, row_bytes);
}

TILES static void tile_product(const block *b, const uint16_t *ahead, float *place, ptrdiff_t stride,
                               int accumulating) {
  int two_rows = b->rows > HALF, two_panels = b->columns > HALF;
  if (two_rows && two_panels) {
    tile_block(b, 1, 1, ahead, place, stride, accumulating);
  } else if (two_rows) {
    tile_block(b, 1, 0, ahead, place, stride, accumulating);
  } else if (two_panels) {
    tile_block(b, 0, 1, ahead, place, stride, accumulating);
  } else {
    tile_block(b, 0, 0, ahead, place, stride, accumulating);
  }
}

TILES static void release_tiles(void) { _tile_release(); }

// MARK: All blocks

// A block that tiles cannot write in place: transposed, with a part of a panel, or by vectors.
static void indirect_product(int engine, const block *b, const uint16_t *ahead, bf16_result c) {
  _Alignas(64) float sums[BLOCK * BLOCK];
  if (engine == BF16_AMX)
    tile_product(b, ahead, sums, BLOCK, 0);
  else
    vector_block(b, sums);
  if (c.transposed)
    store_block_transposed(sums, b->rows, b->columns, c);
  else
    store_block(sums, b->rows, b->columns, c);
}

// All blocks, for some groups of terms. The longer side comes first: what belongs to the shorter one stays in the
// second-level cache.
static void all_blocks(int engine, const block *whole, bf16_result c) {
  int row_blocks = (whole->rows + BLOCK - 1) / BLOCK, column_blocks = (whole->columns + BLOCK - 1) / BLOCK;
  int by_rows = row_blocks >= column_blocks, inner = by_rows ? column_blocks : row_blocks, shaped = 0;
  for (int i = 0; i < row_blocks * column_blocks; i++) {
    int row = BLOCK * (by_rows ? i / inner : i % inner), column = BLOCK * (by_rows ? i % inner : i / inner);
    block b = {whole->a + row * whole->stride, whole->stride, whole->panels + column / HALF * whole->panel,
               whole->panel, whole->groups, smaller(BLOCK, whole->rows - row),
               smaller(BLOCK, whole->columns - column)};
    if (engine == BF16_AMX && b.rows != shaped) shape_tiles(shaped = b.rows);
    bf16_result part = c;
    part.base += c.transposed ? column * c.stride + row : row * c.stride + column;
    const uint16_t *ahead = by_rows && column == 0 && row + 2 * BLOCK <= whole->rows ? b.a + BLOCK * b.stride : NULL;
    if (engine == BF16_AMX && !c.transposed && b.columns % HALF == 0)
      tile_product(&b, ahead, part.base, part.stride, c.accumulating);
    else
      indirect_product(engine, &b, ahead, part);
  }
}

void bf16_product(int engine, const uint16_t *a, ptrdiff_t stride, int m, int k, const uint16_t *panels, int n,
                  bf16_result c) {
  int groups = bf16_whole_groups(k) / BF16_TERMS;
  ptrdiff_t panel = (ptrdiff_t)bf16_whole_groups(k) * BF16_PANEL;
  // A transposed result's A is a weight, which is read once.
  int depth = c.transposed ? groups : DEPTH;
  for (int group = 0; group < groups; group += depth) {
    block b = {a + group * BF16_TERMS, stride, panels + group * 512, panel, smaller(depth, groups - group), m, n};
    all_blocks(engine, &b, c);
    c.accumulating = 1;
  }
  if (engine == BF16_AMX) release_tiles();
}
#endif
