internal import Foundation
internal import Storage
internal import TensorBoard

/// What TensorBoard shows of a run: event files in a directory of their own, read in the order of their names. The
/// first says what the run is, and every session replaces it; each session adds a file with what happens in it.
package final class EventLog: RunLog {
  private let file: AppendOnlyFile

  var waiting: String? { file.waiting > 0 ? "\(file.waiting) events for TensorBoard" : nil }

  /// Takes away what earlier sessions wrote about what comes after `state`, and begins a file.
  /// - Parameter about: what the run is.
  /// - Throws: when the directory cannot be written, or an earlier file not be read.
  package init(directory: String, from state: CheckpointState, about: RunDescription) throws {
    mkdir(directory, 0o777)
    removeAbandonedFiles(in: directory)
    let sessions = try Self.sessions(directory)
    let step = Int(state.step)
    // An epoch's events carry its last step, which may have been taken although the epoch is not complete.
    let first = state.progress == nil ? step + 1 : step
    let loss = try sessions.map { try Self.cut(Self.path($0, in: directory), from: first, keepingLossOf: step) }
    let head = try Event.version.record + Event(step: 0, try about.summary).record
    try writeAtomically(bytes: head, to: Self.path(0, in: directory))
    file = AppendOnlyFile(path: Self.path((sessions.max() ?? 0) + 1, in: directory), length: 0)
    try file.append(try Event.version.record + Event.sessionStart(step: first).record + loss.joined())
  }

  /// A step's loss.
  package func append(_ report: StepReport) throws {
    try append(Event(step: Int(report.step), [.scalar(Self.lossTag, report.loss)]))
  }

  /// An epoch's curves, over the steps taken.
  package func append(_ report: EpochReport) throws {
    var values = report.training.scalars("training") + (report.validation?.scalars("validation") ?? [])
    values += [
      .scalar("warm_up/core", report.warmUpCore), .scalar("speed/images_per_second", report.imagesPerSecond),
      .scalar("speed/epoch_seconds", report.seconds),
    ]
    if let rate = report.learningRate { values.append(.scalar("learning_rate", rate)) }
    if let norm = report.gradientNorm { values.append(.scalar("gradient_norm", norm)) }
    if let clipped = report.clipped { values.append(.scalar("clipped", clipped)) }
    if let beta = report.warmUpModality { values.append(.scalar("warm_up/modality", beta)) }
    try append(Event(step: Int(report.step), values))
  }

  package func append(_ pictures: [SamplePicture], step: Int) throws {
    try append(
      Event(
        step: step,
        pictures.map { picture in
          .image(
            "samples/\(picture.name)", title: picture.title,
            description: picture.lines.isEmpty ? "" : "From the top: \(picture.lines.joined(separator: ", "))",
            width: picture.width, height: picture.height, png: picture.png)
        }))
  }

  func flush() throws { try file.flush() }

  private func append(_ event: Event) throws { try file.append(try event.record) }

  private static let lossTag = "loss/step"

  private static let prefix = "events.out.tfevents."

  private static func path(_ session: Int, in directory: String) -> String {
    "\(directory)/\(prefix)\(session.digits(10))"
  }

  /// The sessions that left a file, counted from 1.
  private static func sessions(_ directory: String) throws(RunError) -> [Int] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
      throw RunError("\(directory) is no directory that can be read; move it out of the way")
    }
    return names.compactMap(session(fileName:))
  }

  /// The session that a file of this name is of.
  /// - Returns: nil when it is not the name that a session's file gets, or there is no number for a next session.
  package static func session(fileName name: String) -> Int? {
    guard name.hasPrefix(prefix), let session = Int(name.dropFirst(prefix.count)), 1...largestSession ~= session,
      name == prefix + session.digits(10)
    else { return nil }
    return session
  }

  /// One less than what ten digits hold.
  private static let largestSession = 9_999_999_998

  /// Ends a file before the events of step `first`.
  /// - Returns: of what it loses the loss of `step`, which is not taken again.
  private static func cut(_ path: String, from first: Int, keepingLossOf step: Int) throws -> Data {
    guard let file = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) else {
      throw RunError("\(path), which an earlier session left, cannot be read; move it out of the way")
    }
    let length = Event.length(of: file, upTo: first - 1)
    guard length < file.count else { return Data() }
    let loss = Event.records(of: file, from: length, step: step, tag: lossTag)
    guard truncate(path, off_t(length)) == 0 else { throw StorageError.system("truncate", path: path, code: errno) }
    return loss
  }
}

extension ObjectiveReport {
  fileprivate func scalars(_ rows: String) -> [SummaryValue] {
    [.scalar("loss/\(rows)", loss), .scalar("elbo/\(rows)", elbo)]
      + terms.sorted { $0.key < $1.key }.map { .scalar("\($0.key)/\(rows)", $0.value) }
  }
}
