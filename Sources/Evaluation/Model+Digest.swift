internal import Foundation
internal import Hashing
internal import Kernels
internal import Layers
internal import Models

extension Model {
  /// SHA-256 of parameters and running statistics, in hexadecimal digits.
  var digest: String {
    let hash = SHA256()
    for arena in [memory.values, memory.runningStatistics] { hash.update(UnsafeRawBufferPointer(arena.buffer)) }
    return hexadecimal(hash.digest())
  }
}

/// Two digits a byte.
func hexadecimal(_ digest: [UInt8]) -> String { digest.map { String(format: "%02x", $0) }.joined() }
