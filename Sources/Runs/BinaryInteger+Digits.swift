extension BinaryInteger {
  /// With zeros in front to be of so many digits, so that names sort as numbers do.
  func digits(_ count: Int) -> String {
    let digits = String(self)
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }
}
