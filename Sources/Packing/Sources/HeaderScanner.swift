/// Reads the few Python literals that NumPy writes into a header.
struct HeaderScanner {
  enum Value {
    case text(String)
    case truth(Bool)
    case extents([Int])
    case other(String)

    var written: String {
      switch self {
      case .text(let text), .other(let text): text
      case .truth(let truth): truth ? "True" : "False"
      case .extents(let extents): "\(extents)"
      }
    }
  }

  private let path: String
  private var rest: Substring

  init(_ text: String, path: String) { (rest, self.path) = (Substring(text), path) }

  /// The whole text, which must be one dictionary.
  mutating func dictionary() throws(PackingError) -> [String: Value] {
    var entries: [String: Value] = [:]
    try expect("{")
    while !skip("}") {
      let key = try quoted()
      try expect(":")
      guard entries.updateValue(try value(), forKey: key) == nil else { throw malformed }
      if !skip(",") {
        try expect("}")
        break
      }
    }
    skipSpaces()
    guard rest.isEmpty else { throw malformed }
    return entries
  }

  private mutating func value() throws(PackingError) -> Value {
    skipSpaces()
    switch rest.first {
    case "'", "\"": return .text(try quoted())
    case "(": return .extents(try tuple())
    case "[": return .other(try list())
    default: break
    }
    if skip("True") { return .truth(true) }
    if skip("False") { return .truth(false) }
    throw malformed
  }

  private mutating func quoted() throws(PackingError) -> String {
    skipSpaces()
    guard let quote = rest.popFirst(), quote == "'" || quote == "\"", let end = rest.firstIndex(of: quote) else {
      throw malformed
    }
    defer { rest = rest[end...].dropFirst() }
    return String(rest[..<end])
  }

  private mutating func tuple() throws(PackingError) -> [Int] {
    try expect("(")
    var extents: [Int] = []
    while !skip(")") {
      skipSpaces()
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard let extent = Int(digits) else { throw malformed }
      rest = rest[digits.endIndex...]
      // Python 2 writes its long integers as in 100L.
      if rest.first == "L" { rest.removeFirst() }
      extents.append(extent)
      if !skip(",") {
        try expect(")")
        break
      }
    }
    return extents
  }

  /// The type of a structured array: a list of fields, of which no more is understood than where it ends.
  private mutating func list() throws(PackingError) -> String {
    var depth = 0
    guard
      let end = rest.firstIndex(where: {
        depth += $0 == "[" ? 1 : $0 == "]" ? -1 : 0
        return depth == 0
      })
    else { throw malformed }
    defer { rest = rest[end...].dropFirst() }
    return String(rest[...end])
  }

  private mutating func expect(_ token: String) throws(PackingError) {
    guard skip(token) else { throw malformed }
  }

  private mutating func skip(_ token: String) -> Bool {
    skipSpaces()
    guard rest.hasPrefix(token) else { return false }
    rest = rest.dropFirst(token.count)
    return true
  }

  private mutating func skipSpaces() { rest = rest.drop { $0.isWhitespace } }

  private var malformed: PackingError {
    PackingError(file: path, "the header is not one that NumPy writes, from \"\(rest.prefix(20))\" on")
  }
}
