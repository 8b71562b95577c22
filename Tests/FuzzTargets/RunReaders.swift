internal import Foundation
internal import Runs
internal import SafeTensors
internal import TensorBoard

/// From memory and from a file, with a checksum and without; then as a checkpoint.
func readSafeTensors(_ input: [UInt8]) {
  let whole = try? SafeTensorsFile(contents: input, requireChecksum: false)
  let file = MemoryFile(input)
  let read = try? SafeTensorsFile.read(path: file.path, requireChecksum: false)
  precondition((whole == nil) == (read == nil), "a file is read as its bytes are")
  guard let read else { return }
  for tensor in read.tensors {
    let floats = try? read.floats(named: tensor.name)
    precondition(floats == nil || floats?.count == tensor.elementCount, "a tensor has another size")
    _ = try? read.bytes(named: tensor.name)
  }
  _ = try? CheckpointState(metadata: read.metadata, path: "input")
}

/// One `key=value` a line. What is accepted must be written as the same, and be counted on from.
func readCheckpointMetadata(_ input: [UInt8]) {
  var metadata = [
    "format": "mhvae-dist checkpoint", "format_version": "2", "configuration": "", "data_fingerprint": "",
  ]
  for line in String(decoding: input, as: UTF8.self).split(separator: "\n") {
    let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    if parts.count == 2 { metadata[parts[0]] = parts[1] }
    _ = EventLog.session(fileName: String(line)).map { $0 + 1 }
    _ = CheckpointID(fileName: String(line))
  }
  guard let state = try? CheckpointState(metadata: metadata, path: "input") else { return }
  let stepsOfAllEpochs = (state.epoch + 1) * (Int(UInt32.max) / 2)
  precondition(Int(state.step) + 1 > 0 && stepsOfAllEpochs > 0)
  precondition(CheckpointID(fileName: state.id.fileName) == state.id, "a checkpoint's name is not its name")
}

/// As the lines of each log.
func readJSONLines(_ input: [UInt8]) {
  let file = MemoryFile(input)
  let epochs: [EpochReport] = jsonLines(of: file.path)
  let steps: [StepReport] = jsonLines(of: file.path)
  let entries: [JournalEntry] = jsonLines(of: file.path)
  precondition(epochs.count + steps.count + entries.count <= 3 * (input.count { $0 == UInt8(ascii: "\n") } + 1))
}

/// The first byte says whether the rest is a file, or the data of its records: a length and as many bytes. Nothing
/// guesses a checksum.
func readEvents(_ input: [UInt8]) {
  let bytes = input.first.map { $0 % 2 == 0 } ?? true ? Array(input.dropFirst()) : records(input.dropFirst())
  let file = Data(bytes)
  for step in [0, 3, Int.max - 1] {
    let length = Event.length(of: file, upTo: step)
    precondition((0...file.count).contains(length), "records do not end in the file")
    let rest = Event.records(of: file, from: length, step: step + 1, tag: "loss/step")
    precondition(rest.count <= file.count - length, "records were made up")
  }
}

private func records(_ data: ArraySlice<UInt8>) -> [UInt8] {
  var (rest, bytes): (ArraySlice<UInt8>, [UInt8]) = (data, [])
  while let length = rest.popFirst() {
    bytes += Record.bytes(Array(rest.prefix(Int(length))))
    rest = rest.dropFirst(Int(length))
  }
  return bytes
}
