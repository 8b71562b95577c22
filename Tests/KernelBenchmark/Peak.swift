import COpenBLAS
import Kernels

/// What the processor gives one large product, in one call of OpenBLAS.
func peak(_ stopwatch: Stopwatch) -> String {
  let n = 1024
  let (a, b, c) = (matrix(n, n), matrix(n, n), matrix(n, n))
  let size = blasint(n)
  func multiply() {
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1, a.base, size, b.base, size, 0, c.base, size)
  }
  return Work.operations(2 * n * n * n).rate(seconds: stopwatch.time(before: {}, multiply))
}
