import KernelTwins
import Kernels
import Testing

struct MatrixTests {
  private static let numbered = table(6, 4) { r, c in Double(10 * r + c) }

  @Test("Views narrow to rows and columns, and repeat a row, without copying")
  func views() {
    let matrix = GuardedMatrix(Self.numbered, gap: 3)
    let block = matrix.view.rows(2..<5).columns(1..<3)
    #expect((block.rows, block.columns, block.count) == (3, 2, 6))
    #expect(block[2, 1] == 42)
    block[2, 1] = -1
    #expect(matrix.view[4, 2] == -1)
    let repeated = matrix.view.repeating(row: 3, count: 5)
    #expect((0..<5).allSatisfy { repeated[$0, 3] == 33 })
    #expect(matrix.view.firstRows(0).count == 0)
  }

  @Test("Reshaping keeps the order of the elements")
  func reshape() {
    let matrix = GuardedMatrix(Self.numbered)
    let reshaped = matrix.view.reshaped(columns: 2)
    #expect((reshaped.rows, reshaped.columns) == (12, 2))
    #expect(reshaped[3, 1] == 13)
  }

  @Test("Copying keeps the rows that are flagged and clears the others")
  func copy() {
    let source = GuardedMatrix(Self.numbered, gap: 1)
    let target = GuardedMatrix(6, 4, gap: 2)
    target.view.copy(from: source.view, keeping: nil)
    #expect(target.values == Self.numbered)
    let keep = GuardedMatrix(table(6, 2) { r, _ in r % 2 == 0 ? 1 : 0 })
    target.view.copy(from: source.view, keeping: keep.view.columns(1..<2))
    #expect(target.values == table(6, 4) { r, c in r % 2 == 0 ? Self.numbered[r][c] : 0 })
    #expect(target.isIntact)
  }

  @Test("Views outside the matrix, and reshaping what has gaps, end the program")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = GuardedMatrix(2, 3).view.rows(1..<3) }
    await #expect(processExitsWith: .failure) { _ = GuardedMatrix(2, 4, gap: 1).view.reshaped(columns: 2) }
  }

  @Test("Bytes become floats", arguments: awkwardSizes)
  func bytes(count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 37 * $0 + 200) }
    let result = GuardedMatrix(1, count)
    convert(bytes, scale: 1 / 255, into: result.view.base, count: count)
    // One rounding of 1/255 and one of the product.
    expectClose(result, [bytes.map { Double($0) / 255 }], tolerance: 0x1p-23)
  }
}
