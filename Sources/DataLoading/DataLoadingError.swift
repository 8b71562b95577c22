/// A dataset does not fit the model, the batch or the memory it is to be loaded into.
package struct DataLoadingError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
