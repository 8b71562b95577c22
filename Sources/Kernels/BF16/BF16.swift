internal import BF16Kernels
internal import Glibc

/// bf16 products: operands are the upper halves of floats, rounded to nearest even; sums are floats.
package enum BF16 {
  /// The instructions that multiply here, such as `AMX`; nil where the processor, or its system, has none for bf16.
  package static var engineName: String? { Engine.best.map { "\($0)" } }

  /// This processor multiplies no bf16 numbers.
  package struct Unavailable: Error, CustomStringConvertible {
    package let description =
      "precision bf16 needs a processor with AVX512-BF16 or AMX, and a system that lets programs use them; this host has "
      + "neither, or MHVAE_BF16 forbids them: use precision f32"

    package init() {}
  }

  /// - Throws: `Unavailable`.
  package static func check() throws(Unavailable) {
    if engineName == nil { throw Unavailable() }
  }

  /// Which instructions multiply. They group the terms of a sum differently.
  package enum Engine: Int, CaseIterable, CustomStringConvertible, Sendable {
    case avx512 = 1
    case amx = 2

    /// The best of this processor that the environment variable `MHVAE_BF16` allows; nil if there is none.
    package static let best = Engine(rawValue: min(Int(bf16_engine()), mostAllowed))

    /// `none`, or `avx512` so that hosts of different kinds compute the same bits; anything else allows all.
    private static var mostAllowed: Int {
      switch getenv("MHVAE_BF16").map({ String(cString: $0) }) {
      case "none": 0
      case "avx512": avx512.rawValue
      default: .max
      }
    }

    /// Those that may be used here.
    package static var available: [Engine] { allCases.filter { $0.rawValue <= best?.rawValue ?? 0 } }

    package var description: String { self == .amx ? "AMX" : "AVX512-BF16" }

    /// As the products want it.
    /// - Precondition: there is one.
    static func number(_ engine: Engine?) -> Int32 {
      guard let engine else { preconditionFailure("bf16 products on a processor without them") }
      return Int32(engine.rawValue)
    }
  }

  /// Terms come in groups of so many: operands are filled up with zeros.
  static func wholeGroups(_ terms: Int) -> Int { Int(bf16_whole_groups(Int32(terms))) }

  /// Numbers from one row of an operand to the next.
  static func rowStride(_ terms: Int) -> Int { bf16_row_stride(Int32(terms)) }

  /// Numbers of an operand's panels.
  static func panelCount(terms: Int, columns: Int) -> Int {
    let width = BF16_PANEL
    return wholeGroups(terms) * ((columns + width - 1) / width * width)
  }
}

/// A contiguous run of bf16 numbers at a fixed address.
package final class BF16Arena {
  package let base: UnsafeMutablePointer<UInt16>
  package let count: Int
  private let isOwner: Bool

  /// Numbers behind the last one that may be read: products read rows of weights up to whole groups of terms.
  package static let readAhead = 32

  /// Owns zeroed memory.
  package init(count: Int) {
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: (count + Self.readAhead) * MemoryLayout<UInt16>.stride, alignment: 64)
    base = raw.initializeMemory(as: UInt16.self, repeating: 0, count: count + Self.readAhead)
    self.count = count
    isOwner = true
    ArenaTally.add(bytes: count * MemoryLayout<UInt16>.stride)
  }

  /// Sees memory that stays until the process ends, with `readAhead` numbers behind it.
  package init(viewing memory: UnsafeMutableBufferPointer<UInt16>) {
    (base, count, isOwner) = (memory.baseAddress!, memory.count, false)
  }

  deinit { if isOwner { UnsafeMutableRawPointer(base).deallocate() } }

  /// Rounds `count` floats to the numbers from `offset` on.
  package func round(_ values: UnsafePointer<Float>, count: Int, at offset: Int = 0) {
    bf16_round(values, base + offset, count)
  }
}
