package import Foundation

/// One event of a TensorBoard event file, read without the program's own code and without looking at checksums.
package struct StoredEvent: Sendable {
  package struct Value: Sendable {
    package let tag: String
    /// Of a scalar.
    package let number: Float?
    /// Of a text or picture.
    package let texts: [[UInt8]]
    package let plugin: String?
    package let title: String?
    package let description: String?
  }

  package let time: Double
  package let step: Int
  package let version: String?
  package let startsSession: Bool
  package let values: [Value]
}

/// All events of a file.
/// - Throws: `ProcessError` where the file is cut short or is none.
package func storedEvents(_ file: Data) throws -> [StoredEvent] {
  var rest = Array(file)[...]
  var events: [StoredEvent] = []
  while !rest.isEmpty {
    let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard rest.count >= length + 16 else {
      throw ProcessError(description: "the last \(rest.count) bytes are no event")
    }
    events.append(try StoredEvent(WireMessage(rest.dropFirst(12).prefix(length))))
    rest = rest.dropFirst(length + 16)
  }
  return events
}

extension StoredEvent {
  fileprivate init(_ message: WireMessage) throws {
    time = Double(bitPattern: message.number(1) ?? 0)
    step = Int(message.number(2) ?? 0)
    version = message.text(3)
    startsSession = try message.message(7)?.number(1) == 1
    values = try message.message(5)?.messages(1).map(Value.init) ?? []
  }
}

extension StoredEvent.Value {
  fileprivate init(_ message: WireMessage) throws {
    let (metadata, tensor) = (try message.message(9), try message.message(8))
    tag = message.text(1) ?? ""
    number = message.number(2).map { Float(bitPattern: UInt32($0)) }
    texts = tensor?.bytes(8).map(Array.init) ?? []
    plugin = try metadata?.message(1)?.text(1)
    title = metadata?.text(2)
    description = metadata?.text(3)
  }
}

/// The fields of a protobuf message by number, without knowing what they mean.
private struct WireMessage {
  private var numbers: [UInt64: UInt64] = [:]
  private var bytes: [UInt64: [ArraySlice<UInt8>]] = [:]

  init(_ message: ArraySlice<UInt8>) throws {
    var rest = message
    while !rest.isEmpty {
      let key = try Self.takeNumber(&rest)
      switch key & 7 {
      case 0: numbers[key >> 3] = try Self.takeNumber(&rest)
      case 1: numbers[key >> 3] = try Self.take(8, &rest).reversed().reduce(0) { $0 << 8 | UInt64($1) }
      case 2: bytes[key >> 3, default: []].append(try Self.take(Int(try Self.takeNumber(&rest)), &rest))
      case 5: numbers[key >> 3] = try Self.take(4, &rest).reversed().reduce(0) { $0 << 8 | UInt64($1) }
      default: throw ProcessError(description: "no protobuf: a field of type \(key & 7)")
      }
    }
  }

  func number(_ field: UInt64) -> UInt64? { numbers[field] }
  func bytes(_ field: UInt64) -> [ArraySlice<UInt8>] { bytes[field] ?? [] }
  func text(_ field: UInt64) -> String? { bytes(field).last.map { String(decoding: $0, as: UTF8.self) } }
  func messages(_ field: UInt64) throws -> [WireMessage] { try bytes(field).map(WireMessage.init) }
  func message(_ field: UInt64) throws -> WireMessage? { try messages(field).last }

  private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw ProcessError(description: "no protobuf: a field of \(count) bytes") }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  private static func takeNumber(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
    var (number, shift) = (UInt64(0), UInt64(0))
    while true {
      let byte = try take(1, &rest).reduce(0) { $1 | $0 }
      number |= UInt64(byte & 0x7F) << shift
      shift += 7
      if byte < 0x80 { return number }
    }
  }
}
