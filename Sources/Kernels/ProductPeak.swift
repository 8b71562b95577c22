internal import COpenBLAS

/// The yardstick for speed: what OpenBLAS gives on a square product, so large that its packing does not matter.
package enum ProductPeak {
  private static let size = 1024

  /// Multiplies until `seconds` have passed.
  /// - Returns: floating-point operations per second of this process, the best of its products. Ranks that measure at
  ///   the same time share what the processor gives.
  package static func measure(seconds: Double = 0.3) -> Double {
    let arenas = (0..<3).map { _ in FloatArena(count: size * size) }
    for arena in arenas { arena.buffer.update(repeating: 0.5) }
    let clock = ContinuousClock()
    let start = clock.now
    var best = Duration.seconds(1_000_000)
    while start.duration(to: clock.now) < .seconds(seconds) {
      best = min(best, clock.measure { product(arenas[0].base, arenas[1].base, arenas[2].base) })
    }
    let (whole, fraction) = best.components
    return 2 * Double(size * size * size) / (Double(whole) + Double(fraction) * 1e-18)
  }

  private static func product(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>
  ) {
    let n = blasint(size)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n)
  }
}
