internal import Configuration
internal import Models
internal import Packing
internal import SafeTensors
internal import Storage

/// What reads things that come from outside. Each takes any bytes: it may succeed or throw, and nothing else.
package enum FuzzReader: String, CaseIterable, Sendable {
  case npy, npz, csv, idx, jpeg, celeba, yaml, set, given, hdf5, safetensors, checkpoint, jsonl, events

  /// Whether the library behind it may crash by itself, so that a process must be risked.
  package var needsProcess: Bool { self == .hdf5 }

  /// Reads `input` as a file, or what a person typed. Errors are swallowed.
  package func read(_ input: [UInt8]) {
    switch self {
    case .npy: readNPY(input)
    case .npz: readNPZ(input)
    case .csv: readCSV(input)
    case .idx: readIDX(input)
    case .jpeg: readJPEG(input)
    case .celeba: readCelebATables(input)
    case .yaml: readConfiguration(input)
    case .set: readAssignments(input)
    case .given: readObservation(input)
    case .hdf5: readPackedDataset(input)
    case .safetensors: readSafeTensors(input)
    case .checkpoint: readCheckpointMetadata(input)
    case .jsonl: readJSONLines(input)
    case .events: readEvents(input)
    }
  }
}
