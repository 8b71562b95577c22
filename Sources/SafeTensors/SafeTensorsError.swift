/// A safetensors file that cannot be read or written.
package struct SafeTensorsError: Error, Equatable, CustomStringConvertible {
  /// The file, if it has a name.
  package var path: String?
  /// The tensor, if one is to blame.
  package let tensor: String?
  /// What was expected and what was found.
  package let problem: String

  init(path: String? = nil, tensor: String? = nil, _ problem: String) {
    (self.path, self.tensor, self.problem) = (path, tensor, problem)
  }

  package var description: String {
    [path, tensor.map { "tensor \(quoted($0))" }, problem].compactMap { $0 }.joined(separator: ": ")
  }
}
