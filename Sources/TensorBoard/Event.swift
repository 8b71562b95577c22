package import Foundation
internal import SwiftProtobuf

/// One entry of an event file.
package struct Event {
  private var message = Tensorboard_Event()

  private init(step: Int, time: Date) {
    message.step = Int64(step)
    message.wallTime = time.timeIntervalSince1970
  }

  /// What every event file begins with.
  package static var version: Event {
    var event = Event(step: 0, time: .now)
    event.message.fileVersion = "brain.Event:2"
    return event
  }

  /// Marks the start of a session: TensorBoard then drops what it has read of this step and later ones.
  /// - Parameter step: the first that it takes.
  package static func sessionStart(step: Int) -> Event {
    var event = Event(step: step, time: .now)
    event.message.sessionLog.status = .start
    return event
  }

  /// Values of one step.
  package init(step: Int, _ values: [SummaryValue]) {
    self.init(step: step, time: .now)
    message.summary.value = values.map(\.message)
  }

  /// What it is in a file.
  /// - Throws: `SwiftProtobuf.BinaryEncodingError` if it is larger than 2 GiB.
  package var record: [UInt8] {
    get throws { Record.bytes(try message.serializedBytes()) }
  }

  /// The bytes of a file's events up to `step`, without a record that a crash cut short and what follows it. Steps of a
  /// file never go back.
  /// - Parameter file: whose indices begin at 0.
  package static func length(of file: Data, upTo step: Int) -> Int {
    // A picture need not be copied to learn its step.
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    var end = 0
    while let data = Record.data(at: end, of: file),
      let place = try? Tensorboard_EventPlace(serializedBytes: file[data], options: options), place.step <= step
    {
      end = Record.end(data)
    }
    return end
  }

  /// The records of a file, from `offset` on, that give one step's `tag` and nothing else.
  /// - Parameter offset: of the first record of the step.
  package static func records(of file: Data, from offset: Int, step: Int, tag: String) -> Data {
    var (place, records) = (offset, Data())
    while let data = Record.data(at: place, of: file),
      let event = try? Tensorboard_Event(serializedBytes: file[data]), event.step == step
    {
      if event.summary.value.map(\.tag) == [tag] { records += file[place..<Record.end(data)] }
      place = Record.end(data)
    }
    return records
  }
}
