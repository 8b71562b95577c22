import Glibc

/// What a file, a directory or the HDF5 library would not do, told to the person who named the file.
///
/// Reads like `H5Dread "train/image" of /x/y.h5: can't read data < no such filter. <what to do>`.
package struct StorageError: Error, Equatable, Sendable {
  /// What a caller may want to tell apart.
  package enum Kind: Sendable {
    /// The file, or the object in it, is not there.
    case missing
    /// The target is there already and was not to be replaced.
    case exists
    /// The operating system refused; the details hold its words.
    case system
    /// The HDF5 library refused; the details hold its error stack, outermost call first.
    case library
    /// The file is sound HDF5 but not what this program reads.
    case format
    /// The content is damaged or contradicts itself.
    case damaged
  }

  package let kind: Kind
  /// The C function that failed, if one did.
  package let call: String?
  /// The group, dataset or attribute inside the file, if the error is about one.
  package let object: String?
  /// The file.
  package let path: String
  /// What went wrong, each cause after its effect.
  package let details: [String]
  /// What to do about it.
  package var advice: String?

  package init(
    _ kind: Kind, call: String? = nil, object: String? = nil, path: String, _ details: [String], advice: String? = nil
  ) {
    (self.kind, self.call, self.object) = (kind, call, object)
    (self.path, self.details, self.advice) = (path, details, advice)
  }

  /// An error with one cause.
  package init(
    _ kind: Kind, object: String? = nil, path: String, _ detail: String, advice: String? = nil
  ) {
    self.init(kind, call: nil, object: object, path: path, [detail], advice: advice)
  }

  /// The system call `call` on `path` failed with `code`, an `errno` value.
  package static func system(_ call: String, path: String, code: Int32) -> StorageError {
    let kind: Kind = code == ENOENT ? .missing : code == EEXIST ? .exists : .system
    return StorageError(kind, call: call, path: path, [String(cString: strerror(code))], advice: advice(for: code))
  }

  private static func advice(for code: Int32) -> String? {
    switch code {
    case ENOENT: "Check the path and that its directory exists"
    case EACCES, EPERM, EROFS: "Check the permissions of the file and of its directory"
    case ENOSPC, EDQUOT: "Free some space or name another directory"
    default: nil
    }
  }
}

extension StorageError: CustomStringConvertible {
  package var description: String {
    var text = call.map { $0 + " " } ?? ""
    if let object { text += "\"\(object)\" of " }
    text += path + ": " + details.joined(separator: " < ")
    if let advice { text += ". " + advice }
    return text
  }
}
