/// The header of a `.npy` file: the text of a Python dictionary with exactly three entries.
struct NPYHeader: Equatable {
  enum ArrayType: Equatable {
    case number(NPYElement)
    case text(NPYText)

    init?(descr: String) {
      if let element = NPYElement(descr: descr) {
        self = .number(element)
      } else if let text = NPYText(descr: descr) {
        self = .text(text)
      } else {
        return nil
      }
    }

    var byteCount: Int {
      switch self {
      case .number(let element): element.byteCount
      case .text(let text): text.byteCount
      }
    }

    var name: String {
      switch self {
      case .number(let element): element.name
      case .text: "texts"
      }
    }
  }

  var type: ArrayType
  /// The extent of every axis.
  var shape: [Int]
  /// The first axis changes fastest.
  var isFortranOrder: Bool

  init(_ text: String, path: String) throws(PackingError) {
    var scanner = HeaderScanner(text, path: path)
    let entries = try scanner.dictionary()
    guard Set(entries.keys) == ["descr", "fortran_order", "shape"] else {
      throw PackingError(
        file: path, "the header should have descr, fortran_order and shape, found \(entries.keys.sorted())")
    }
    guard case .text(let descr) = entries["descr"], let type = ArrayType(descr: descr) else {
      if entries["descr"]?.written.dropFirst() == "f16" {
        throw PackingError(
          file: path,
          "long doubles (float128) have other bits on other machines; write numpy.save(file, array.astype(numpy.float64))"
        )
      }
      throw PackingError(
        file: path,
        "numbers of this type cannot be packed (\(entries["descr"]?.written ?? "")); "
          + "convert them to a whole-number type, bool, float32, float64 or text (numpy.str_)")
    }
    guard case .truth(let isFortranOrder) = entries["fortran_order"], case .extents(let shape) = entries["shape"] else {
      throw PackingError(file: path, "fortran_order should be True or False, and shape a tuple")
    }
    (self.type, self.shape, self.isFortranOrder) = (type, shape, isFortranOrder)
  }
}
