/// Where a tensor lies in its arena.
package struct TensorSlice: Equatable, Sendable {
  package let offset: Int
  package let count: Int
}

/// How a tensor starts.
package enum Initialization: Equatable, Sendable {
  /// Uniform on [-bound, bound].
  case uniform(bound: Double)
  case constant(Float)
}

/// A tensor as files know it (spec names, spec shapes) and as memory holds it.
package struct TensorDescriptor: Sendable {
  package let name: String
  /// Shape in files, such as (out, in, kH, kW).
  package let shape: [Int]
  package let order: StorageOrder
  package let initialization: Initialization
  package let slice: TensorSlice

  /// FNV-1a of the name: the coordinate of the tensor's random numbers when it starts.
  var nameHash: UInt32 { name.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 } }
}

/// The names, shapes and places of all tensors of one kind, laid one after another without gaps.
package final class TensorTable {
  package private(set) var descriptors: [TensorDescriptor] = []
  private var indices: [String: Int] = [:]
  /// Floats of all tensors together.
  package private(set) var count = 0

  /// Adds a tensor behind those that are there.
  /// - Precondition: the name is new and `order` has as many elements as `shape`.
  package func declare(
    _ name: String, shape: [Int], order: StorageOrder? = nil, initialization: Initialization
  ) -> TensorSlice {
    let slice = TensorSlice(offset: count, count: shape.reduce(1, *))
    let order = order ?? StorageOrder(shape: shape)
    precondition(indices[name] == nil, "tensor \(name) is declared twice")
    precondition(order.count == slice.count, "the order of \(name) does not fit its shape")
    indices[name] = descriptors.count
    descriptors.append(
      TensorDescriptor(name: name, shape: shape, order: order, initialization: initialization, slice: slice))
    count += slice.count
    return slice
  }

  package func descriptor(named name: String) -> TensorDescriptor? { indices[name].map { descriptors[$0] } }

  /// Two tensors that would start with the same random numbers, because their names have the same hash; nil if, as
  /// almost always, there are none.
  package var equalStarts: (TensorDescriptor, TensorDescriptor)? {
    var byHash: [UInt32: TensorDescriptor] = [:]
    for descriptor in descriptors {
      guard case .uniform = descriptor.initialization else { continue }
      if let other = byHash.updateValue(descriptor, forKey: descriptor.nameHash) { return (other, descriptor) }
    }
    return nil
  }
}
