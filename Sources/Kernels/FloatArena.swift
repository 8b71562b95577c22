/// Owns one contiguous, zeroed, cache-line aligned run of floats at a fixed address.
package final class FloatArena {
  package let base: UnsafeMutablePointer<Float>
  package let count: Int

  package init(count: Int) {
    let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    base = raw.initializeMemory(as: Float.self, repeating: 0, count: max(count, 1))
    self.count = count
    ArenaTally.add(bytes: count * MemoryLayout<Float>.stride)
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }

  package var buffer: UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(start: base, count: count) }

  /// A matrix that begins `offset` floats into the arena.
  package func matrix(rows: Int, columns: Int, offset: Int = 0) -> Matrix {
    precondition(offset + rows * columns <= count, "arena of \(count) floats is too small for \(rows)x\(columns)")
    return Matrix(base + offset, rows: rows, columns: columns, owner: self)
  }
}
