import CHDF5
import Glibc

extension HDF5File {
  /// Whether the group or dataset `object` carries an attribute.
  package func hasAttribute(_ name: String, at object: String = "/") throws(StorageError) -> Bool {
    guard try exists(object) else { throw missing("group or dataset", object) }
    return try HDF5Library.call("H5Aexists_by_name", at: attributeLocation(name, object)) {
      H5Aexists_by_name(handle.identifier, object, name, chdf5_default())
    } > 0
  }

  /// A text, of fixed or variable length.
  package func attribute(_ name: String, at object: String = "/") throws(StorageError) -> String {
    try single(try attributeStrings(name, at: object), name, object)
  }

  /// A list of texts.
  package func attributeStrings(_ name: String, at object: String = "/") throws(StorageError) -> [String] {
    let attribute = try openAttribute(name, object, H5T_STRING, "text")
    return attribute.isVariable ? try attribute.readVariableStrings() : try attribute.readFixedStrings()
  }

  /// A whole number.
  package func attributeInteger(_ name: String, at object: String = "/") throws(StorageError) -> Int {
    try single(try attributeIntegers(name, at: object), name, object)
  }

  /// A list of whole numbers.
  package func attributeIntegers(_ name: String, at object: String = "/") throws(StorageError) -> [Int] {
    let attribute = try openAttribute(name, object, H5T_INTEGER, "whole numbers")
    return try attribute.readNumbers(as: Int64.self).map { Int($0) }
  }

  /// A floating-point number.
  package func attributeDouble(_ name: String, at object: String = "/") throws(StorageError) -> Double {
    let attribute = try openAttribute(name, object, H5T_FLOAT, "a floating-point number")
    return try single(try attribute.readNumbers(as: Double.self), name, object)
  }

  /// Adds a text.
  package func setAttribute(_ name: String, to text: String, at object: String = "/") throws(StorageError) {
    try setStrings(name, [text], shape: [], object)
  }

  /// Adds a list of texts.
  package func setAttribute(_ name: String, to texts: [String], at object: String = "/") throws(StorageError) {
    try setStrings(name, texts, shape: [texts.count], object)
  }

  /// Adds a whole number.
  package func setAttribute(_ name: String, to number: Int, at object: String = "/") throws(StorageError) {
    try setNumbers(name, [Int64(number)], shape: [], object)
  }

  /// Adds a list of whole numbers.
  package func setAttribute(_ name: String, to numbers: [Int], at object: String = "/") throws(StorageError) {
    try setNumbers(name, numbers.map { Int64($0) }, shape: [numbers.count], object)
  }

  /// Adds a floating-point number.
  package func setAttribute(_ name: String, to number: Double, at object: String = "/") throws(StorageError) {
    try setNumbers(name, [number], shape: [], object)
  }
}

extension HDF5File {
  private func attributeLocation(_ name: String, _ object: String) -> HDF5Location {
    location.object("attribute \(name) at \(object)")
  }

  private func single<Value>(_ values: [Value], _ name: String, _ object: String) throws(StorageError) -> Value {
    guard values.count == 1, let value = values.first else {
      throw StorageError(
        .format, object: "attribute \(name) at \(object)", path: path,
        "expected one value, found \(values.count)")
    }
    return value
  }

  private func openAttribute(
    _ name: String, _ object: String, _ typeClass: H5T_class_t, _ expected: String
  ) throws(StorageError) -> HDF5Attribute {
    let location = attributeLocation(name, object)
    guard try hasAttribute(name, at: object) else {
      throw StorageError(.missing, object: location.object, path: path, "there is no such attribute")
    }
    let opened = try HDF5Handle.adopting(.attribute, from: "H5Aopen_by_name", at: location) {
      H5Aopen_by_name(handle.identifier, object, name, chdf5_default(), chdf5_default())
    }
    let attribute = try HDF5Attribute.describe(opened, at: location)
    guard attribute.typeClass == typeClass else {
      throw StorageError(.format, object: location.object, path: path, "expected \(expected), found another type")
    }
    return attribute
  }

  private func setNumbers<Number: StorableElement>(
    _ name: String, _ numbers: [Number], shape: [Int], _ object: String
  ) throws(StorageError) {
    let type = try HDF5Handle.adopting(.datatype, from: "H5Tcopy", at: attributeLocation(name, object)) {
      H5Tcopy(Number.elementType.nativeType)
    }
    try addAttribute(name, object, type, shape) { attribute, type in
      numbers.withUnsafeBytes { H5Awrite(attribute, type, $0.baseAddress) }
    }
  }

  private func setStrings(_ name: String, _ texts: [String], shape: [Int], _ object: String) throws(StorageError) {
    let location = attributeLocation(name, object)
    let type = try HDF5Handle.adopting(.datatype, from: "H5Tcopy", at: location) { H5Tcopy(chdf5_c_string()) }
    try HDF5Library.call("H5Tset_size", at: location) { H5Tset_size(type.identifier, chdf5_variable_length()) }
    try HDF5Library.call("H5Tset_cset", at: location) { H5Tset_cset(type.identifier, H5T_CSET_UTF8) }
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    try addAttribute(name, object, type, shape) { attribute, type in
      copies.withUnsafeBytes { H5Awrite(attribute, type, $0.baseAddress) }
    }
  }

  private func addAttribute(
    _ name: String, _ object: String, _ type: borrowing HDF5Handle, _ shape: [Int], _ write: (hid_t, hid_t) -> herr_t
  ) throws(StorageError) {
    let location = attributeLocation(name, object)
    let space = try HDF5Handle.dataspace(shape: shape, at: location)
    let typeIdentifier = type.identifier
    let attribute = try HDF5Handle.adopting(.attribute, from: "H5Acreate_by_name", at: location) {
      H5Acreate_by_name(
        handle.identifier, object, name, typeIdentifier, space.identifier, chdf5_default(), chdf5_default(),
        chdf5_default())
    }
    try HDF5Library.call("H5Awrite", at: location) { write(attribute.identifier, typeIdentifier) }
  }
}
