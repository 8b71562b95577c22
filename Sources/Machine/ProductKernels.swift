/// OpenBLAS chooses its kernels by the processor's model number. One that is newer than the library gets those of 2004,
/// `Prescott`, which are four to five times as slow as those its instructions allow.
package enum ProductKernels {
  /// The variable by which OpenBLAS can be told, before it is loaded.
  package static let variable = "OPENBLAS_CORETYPE"

  /// Those that use AVX2 or more.
  private static let fast: Set = [
    "haswell", "excavator", "zen", "skylakex", "cooperlake", "sapphirerapids",
  ]

  /// Kernels for the instructions of this processor, if `kernels` are much slower; nil if they are not.
  package static func faster(than kernels: String, _ files: SystemFiles = .real) -> String? {
    guard !fast.contains(kernels.lowercased()), let flags = files.value("flags", in: "/proc/cpuinfo") else {
      return nil
    }
    let has = Set(flags.split(separator: " ").map(String.init))
    if has.isSuperset(of: ["avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"]) { return "SkylakeX" }
    return has.isSuperset(of: ["avx2", "fma"]) ? "Haswell" : nil
  }
}
