internal import Glibc

/// One contiguous, cache-line aligned run of floats at a fixed address, which it mostly owns. Large ones ask for huge
/// pages: a step walks through all weights and gradients, more than the processor's page tables in cache cover
/// otherwise.
package final class FloatArena {
  package let base: UnsafeMutablePointer<Float>
  package let count: Int
  private let isOwner: Bool

  /// Owns zeroed memory.
  package init(count: Int) {
    let byteCount = max(count, 1) * MemoryLayout<Float>.stride
    let isLarge = byteCount >= 2 * Self.hugePage
    let raw = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: isLarge ? Self.hugePage : 64)
    if isLarge { madvise(raw, byteCount / Self.hugePage * Self.hugePage, MADV_HUGEPAGE) }
    base = raw.initializeMemory(as: Float.self, repeating: 0, count: max(count, 1))
    self.count = count
    isOwner = true
    ArenaTally.add(bytes: count * MemoryLayout<Float>.stride)
  }

  private static let hugePage = 2 << 20

  /// Sees memory that stays until the process ends, such as memory shared with other processes.
  package init(viewing memory: UnsafeMutableBufferPointer<Float>) {
    precondition(Int(bitPattern: memory.baseAddress) % 64 == 0, "arenas are aligned to cache lines")
    base = memory.baseAddress!
    count = memory.count
    isOwner = false
  }

  deinit { if isOwner { UnsafeMutableRawPointer(base).deallocate() } }

  package var buffer: UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(start: base, count: count) }

  /// A matrix that begins `offset` floats into the arena, with `gap` unused floats behind every row.
  package func matrix(rows: Int, columns: Int, offset: Int = 0, gap: Int = 0) -> Matrix {
    precondition(
      offset + rows * (columns + gap) <= count, "arena of \(count) floats is too small for \(rows)x\(columns)")
    return Matrix(base + offset, rows: rows, columns: columns, stride: columns + gap, owner: self)
  }
}
