/// `text` as a JSON string. Escapes what JSON requires and nothing else, as Python's
/// `json.dumps(text, ensure_ascii=False)` does: the checksum depends on it.
func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case "\u{8}": result += "\\b"
    case "\u{C}": result += "\\f"
    case "\u{0}"..."\u{1F}": result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

/// A JSON array of whole numbers.
func json(_ numbers: [Int]) -> String {
  "[" + numbers.map(String.init).joined(separator: ",") + "]"
}
