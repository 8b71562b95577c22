import Console
import Storage

/// Prints text, or writes it to a file where one is named.
func writeText(_ text: String, to path: String?) throws {
  guard let path else { return try printResult(text) }
  try writeAtomically(bytes: Array("\(text)\n".utf8), to: path)
}
