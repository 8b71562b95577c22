import Kernels
import Testing

struct ErrorFeedbackTests {
  /// Rounds numbers of which nothing is left over from before.
  private func rounded(_ values: [Float]) -> (sent: [Float], bits: [UInt16], residual: [Float]) {
    var (sent, residual) = (values, [Float](repeating: 0, count: values.count))
    var bits = [UInt16](repeating: 0, count: values.count)
    sent.withUnsafeMutableBufferPointer { sent in
      residual.withUnsafeMutableBufferPointer { residual in
        bits.withUnsafeMutableBufferPointer { bits in
          roundWithFeedback(
            sent.baseAddress!, residual: residual.baseAddress!, into: bits.baseAddress!, count: values.count)
        }
      }
    }
    return (sent, bits, residual)
  }

  @Test(
    "Numbers are rounded to the nearest of eight bits, ties to even",
    arguments: [
      (1, 1), (1 + 0x1p-8, 1), (1 + 3 * 0x1p-8, 1 + 0x1p-6), (1 + 0x1.002p-8, 1 + 0x1p-7),
      (-1 - 0x1.002p-8, -1 - 0x1p-7),
      (0, 0), (0x1.fffp0, 2), (-0x1p-130, -0x1p-130), (.infinity, .infinity),
    ] as [(Float, Float)])
  func nearest(value: Float, expected: Float) {
    // So many that they are rounded several at a time, and one alone.
    let found = rounded([Float](repeating: value, count: 67))
    #expect(found.sent == [Float](repeating: expected, count: 67))
    #expect(found.bits.allSatisfy { Float(bitPattern: UInt32($0) << 16) == expected })
  }

  @Test("What is sent and what is left over are the number, exactly, and widening gives what is sent")
  func nothingIsLost() {
    let values = (0..<1000).map { Float($0 * $0 % 7919 - 4000) * 0x1.3p-9 + 0x1p-20 }
    let found = rounded(values)
    #expect(found.residual.contains { $0 != 0 })
    for i in values.indices { #expect(found.sent[i] + found.residual[i] == values[i]) }
    var widened = [Float](repeating: 0, count: values.count)
    widened.withUnsafeMutableBufferPointer { widen(found.bits, into: $0.baseAddress!, count: values.count) }
    #expect(widened == found.sent)
  }

  @Test("What is left over is added the next time: the mean of what is sent goes to the number")
  func feedback() {
    var (residual, sum): (Float, Float) = (0, 0)
    for _ in 0..<256 {
      var (value, bits): (Float, UInt16) = (1 + 0x1p-9, 0)
      roundWithFeedback(&value, residual: &residual, into: &bits, count: 1)
      sum += value
    }
    #expect(sum + residual == 256 * (1 + 0x1p-9))
    #expect(abs(residual) <= 0x1p-7)
  }
}
