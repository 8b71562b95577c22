import CHDF5

/// The number types this program stores, under their NumPy names.
package enum ElementType: String, CaseIterable, Sendable {
  case uint8, int32, int64, float32, float64

  package var byteCount: Int {
    switch self {
    case .uint8: 1
    case .int32, .float32: 4
    case .int64, .float64: 8
    }
  }

  /// HDF5's name for the type in memory. Called inside a library call, since the constants start the library.
  var nativeType: hid_t {
    switch self {
    case .uint8: chdf5_native_uint8()
    case .int32: chdf5_native_int32()
    case .int64: chdf5_native_int64()
    case .float32: chdf5_native_float()
    case .float64: chdf5_native_double()
    }
  }

  /// The type with HDF5's description, in either byte order, or nil.
  init?(class typeClass: H5T_class_t, byteCount: Int, isSigned: Bool) {
    switch (typeClass, byteCount, isSigned) {
    case (H5T_INTEGER, 1, false): self = .uint8
    case (H5T_INTEGER, 4, true): self = .int32
    case (H5T_INTEGER, 8, true): self = .int64
    case (H5T_FLOAT, 4, _): self = .float32
    case (H5T_FLOAT, 8, _): self = .float64
    default: return nil
    }
  }
}

/// A Swift number that is stored as it is.
package protocol StorableElement: BitwiseCopyable, Sendable {
  static var elementType: ElementType { get }
  /// Fills memory before a read.
  static var zero: Self { get }
}

extension UInt8: StorableElement { package static var elementType: ElementType { .uint8 } }
extension Int32: StorableElement { package static var elementType: ElementType { .int32 } }
extension Int64: StorableElement { package static var elementType: ElementType { .int64 } }
extension Float: StorableElement { package static var elementType: ElementType { .float32 } }
extension Double: StorableElement { package static var elementType: ElementType { .float64 } }
