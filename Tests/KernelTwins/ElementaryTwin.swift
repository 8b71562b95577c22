internal import Foundation
package import Kernels

extension Twin {
  package enum Elementary {
    package static func exp(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
      for i in 0..<count { y[i] = Foundation.exp(x[i]) }
    }

    package static func log1p(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
      for i in 0..<count { y[i] = Foundation.log1p(x[i]) }
    }

    package static func log(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
      for i in 0..<count { y[i] = Foundation.log(x[i]) }
    }

    package static func sigmoid(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
      for i in 0..<count { y[i] = Twin.sigmoid(x[i]) }
    }

    package static func softplus(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
      for i in 0..<count { y[i] = Twin.softplus(x[i]) }
    }

    package static func sinCos(
      turns: UnsafePointer<Float>, sines: UnsafeMutablePointer<Float>, cosines: UnsafeMutablePointer<Float>, count: Int
    ) {
      for i in 0..<count {
        sines[i] = sin(2 * .pi * turns[i])
        cosines[i] = cos(2 * .pi * turns[i])
      }
    }
  }

  package static func convert(
    _ x: UnsafePointer<UInt8>, scale: Float, into y: UnsafeMutablePointer<Float>, count: Int
  ) {
    for i in 0..<count { y[i] = Float(x[i]) * scale }
  }

  /// Box and Muller, word by word.
  package static func fillNormals(
    _ stream: RandomStream, _ values: UnsafeMutableBufferPointer<Float>, step: UInt64, row: UInt32
  ) {
    for i in values.indices {
      let pair = UInt32(i / 2 * 2)
      let u = Float(stream.word(step: step, row: row, index: pair) >> 8 + 1) * 0x1p-24
      let angle = 2 * .pi * stream.uniform(step: step, row: row, index: pair + 1)
      values[i] = (-2 * log(u)).squareRoot() * (i % 2 == 0 ? cos(angle) : sin(angle))
    }
  }

  package static func drawBernoulli(
    _ stream: RandomStream, _ values: UnsafeMutableBufferPointer<Float>, step: UInt64, row: UInt32
  ) {
    for i in values.indices {
      values[i] = stream.uniform(step: step, row: row, index: UInt32(i)) < values[i] ? 1 : 0
    }
  }
}
