import CHDF5

/// Owns one HDF5 identifier and releases it once.
struct HDF5Handle: ~Copyable, Sendable {
  enum Kind: Sendable {
    case file, group, dataset, dataspace, datatype, attribute, propertyList, object

    var closingFunction: String {
      switch self {
      case .file: "H5Fclose"
      case .group: "H5Gclose"
      case .dataset: "H5Dclose"
      case .dataspace: "H5Sclose"
      case .datatype: "H5Tclose"
      case .attribute: "H5Aclose"
      case .propertyList: "H5Pclose"
      case .object: "H5Oclose"
      }
    }

    fileprivate func close(_ identifier: hid_t) -> herr_t {
      switch self {
      case .file: H5Fclose(identifier)
      case .group: H5Gclose(identifier)
      case .dataset: H5Dclose(identifier)
      case .dataspace: H5Sclose(identifier)
      case .datatype: H5Tclose(identifier)
      case .attribute: H5Aclose(identifier)
      case .propertyList: H5Pclose(identifier)
      case .object: H5Oclose(identifier)
      }
    }
  }

  let identifier: hid_t
  private let kind: Kind

  /// Owns the identifier which `body`, a call of the C function `function`, returns.
  static func adopting(
    _ kind: Kind, from function: String, at location: HDF5Location, _ body: () -> hid_t
  ) throws(StorageError) -> HDF5Handle {
    HDF5Handle(adopting: try HDF5Library.call(function, at: location, body), kind)
  }

  private init(adopting identifier: hid_t, _ kind: Kind) { (self.identifier, self.kind) = (identifier, kind) }

  deinit {
    let (kind, identifier) = (kind, identifier)
    HDF5Library.callSilently { kind.close(identifier) }
  }

  /// Releases the identifier and says so if that fails: closing a file is what writes its last bytes.
  consuming func close(at location: HDF5Location) throws(StorageError) {
    let (kind, identifier) = (kind, identifier)
    discard self
    try HDF5Library.call(kind.closingFunction, at: location) { kind.close(identifier) }
  }
}
