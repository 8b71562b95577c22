internal import Foundation

/// What the lines of a file say that `MetricsLog` wrote. A line that was torn is left out; without a file there are
/// none.
package func jsonLines<Line: Decodable>(of path: String) -> [Line] {
  let decoder = JSONDecoder()
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  let data = FileManager.default.contents(atPath: path) ?? Data()
  return data.split(separator: UInt8(ascii: "\n")).compactMap { try? decoder.decode(Line.self, from: $0) }
}
