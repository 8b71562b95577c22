import Foundation
import TensorBoard
import TestSupport
import Testing

/// What is written, as a reader of its own finds it.
struct EventTests {
  private func stored(_ values: [SummaryValue]) throws -> [StoredEvent.Value] {
    let events = try storedEvents(Data(try Event(step: 300, values).record))
    #expect(events.map(\.step) == [300])
    #expect(abs(events[0].time - Date.now.timeIntervalSince1970) < 3600)
    return events[0].values
  }

  @Test("A file begins with its version, a session with a mark")
  func marks() throws {
    let events = try storedEvents(Data(try Event.version.record + Event.sessionStart(step: 7).record))
    #expect(events.map(\.version) == ["brain.Event:2", nil])
    #expect(events.map(\.startsSession) == [false, true])
    #expect(events.map(\.step) == [0, 7])
  }

  @Test("Scalars, also those that are not finite")
  func scalars() throws {
    let values = try stored([.scalar("loss/training", -0.25), .scalar("loss/validation", .nan)])
    #expect(values.map(\.tag) == ["loss/training", "loss/validation"])
    #expect(values[0].number == -0.25)
    #expect(values[1].number?.isNaN == true)
  }

  @Test("A picture has its size, its bytes, a title and a description")
  func picture() throws {
    let value = try stored([.image("a", title: "b", description: "c", width: 3, height: 20, png: [1, 2, 3])])[0]
    #expect(value.tag == "a" && value.plugin == "images" && value.title == "b" && value.description == "c")
    #expect(value.texts == [Array("3".utf8), Array("20".utf8), [1, 2, 3]])
  }

  @Test("A text is one string")
  func text() throws {
    let value = try stored([.text("configuration", markdown: "# Ä")])[0]
    #expect(value.plugin == "text" && value.texts == [Array("# Ä".utf8)])
  }

  @Test("Hyper-parameters are two tags of their own")
  func hyperparameters() throws {
    let row = Hyperparameters([("rate", .number(0.5)), ("family", .text("mvae"))], metric: "elbo")
    let values = try stored(try row.summary)
    #expect(values.map(\.tag) == ["_hparams_/experiment", "_hparams_/session_start_info"])
    #expect(values.allSatisfy { $0.plugin == "hparams" && $0.texts.isEmpty && $0.number == nil })
  }
}
