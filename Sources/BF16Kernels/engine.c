#include "bf16.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

// arch_prctl(2): the system hands out the large registers of the tiles on request only.
enum { REQUEST_COMPONENT = 0x1023, TILE_DATA = 18 };

// What the system saves when it switches tasks (XCR0): AVX-512's registers are bits 1, 2, 5, 6 and 7, the tiles' 17, 18.
static uint64_t saved_components(void) {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

int bf16_engine(void) {
  unsigned a, b, c, d, e;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return BF16_NONE;
  uint64_t saved = saved_components();
  if ((saved & 0xe6) != 0xe6 || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return BF16_NONE;
  int has_avx512 = (b & bit_AVX512F) && (b & bit_AVX512BW) && (b & bit_AVX512VL);
  int has_tiles = (d & (1u << 22)) && (d & (1u << 24));
  if (!has_avx512 || !__get_cpuid_count(7, 1, &e, &b, &c, &d) || !(e & (1u << 5))) return BF16_NONE;
  int saves_tiles = (saved & 0x60000) == 0x60000;
  if (has_tiles && saves_tiles && syscall(SYS_arch_prctl, REQUEST_COMPONENT, TILE_DATA) == 0) return BF16_AMX;
  return BF16_AVX512;
}
#else
int bf16_engine(void) { return BF16_NONE; }
#endif
