import Foundation
import SafeTensors

/// The bytes of a file with this header and data, well formed or not.
func file(header: String, data: [UInt8] = []) -> [UInt8] {
  let text = Array(header.utf8)
  return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + data
}

/// The bytes that a writer writes.
func contents(of writer: SafeTensorsWriter) -> [UInt8] {
  var bytes: [UInt8] = []
  writer.forEachChunk { bytes += $0 }
  return bytes
}

/// Writes a file the way its users do, through a descriptor.
func write(_ writer: SafeTensorsWriter, to url: URL) throws {
  let descriptor = open(url.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  precondition(descriptor >= 0)
  defer { close(descriptor) }
  try writer.write(to: descriptor)
}

/// A small file with everything in it: awkward names, empty and scalar tensors, two types, values that are easily lost.
func sampleWriter() -> SafeTensorsWriter {
  var writer = SafeTensorsWriter(metadata: ["format": "mhvae", "quote \"\\\n\u{1}": "é 🙂\t", "step": "12"])
  writer.add("encoder.weight", shape: [2, 3], floats: [1, -0.0, .infinity, .leastNonzeroMagnitude, -2.5, 3e38])
  writer.add("flags", shape: [5], bytes: [0, 1, 2, 254, 255])
  writer.add("scalar", shape: [], floats: [42])
  writer.add("empty", shape: [0, 4], floats: [])
  writer.add("schlüssel \"x\"", shape: [1], floats: [7])
  return writer
}
