import Foundation

/// What a command writes into the file that `--output` names.
enum OutputContent: String, CaseIterable {
  case picture = "a PNG picture"
  case text = "text"
  case numbers = "HDF5"
  case model = "a safetensors file"
  case page = "an HTML page"

  /// The usual one first.
  private var suffixes: [String] {
    switch self {
    case .picture: ["png"]
    case .text: ["txt", "json", "csv", "tsv"]
    case .numbers: ["h5", "hdf5"]
    case .model: ["safetensors"]
    case .page: ["html", "htm"]
    }
  }

  /// Refuses a name that says that the file holds something else.
  /// - Parameters:
  ///   - output: the file to be written, if one was named.
  ///   - option: that named it.
  ///   - subject: what is written, such as `label`.
  /// - Throws: `CommandError` that says what is written.
  func check(_ output: String?, option: String = "--output", of subject: String) throws(CommandError) {
    guard let output else { return }
    let suffix = URL(filePath: output).pathExtension.lowercased()
    let known = Self.allCases.flatMap(\.suffixes) + ["jpg", "jpeg", "npy", "npz", "pdf"]
    guard known.contains(suffix), !suffixes.contains(suffix) else { return }
    throw CommandError("\(option) \(output): \(subject) is written as \(rawValue); name a .\(suffixes[0]) file")
  }
}
