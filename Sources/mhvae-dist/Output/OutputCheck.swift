import Foundation
import Training

/// Refuses to write over what a command reads.
/// - Parameters:
///   - output: the file to be written, if one was named.
///   - option: that named it.
///   - inputs: the files and directories that are read.
/// - Throws: `TrainingError` when `output` is one of them, or inside a run's checkpoints.
func checkOutput(
  _ output: String?, option: String = "--output", inputs: [String?]
) throws(TrainingError) {
  guard let output else { return }
  let target = URL(filePath: output).resolvingSymlinksInPath().path
  for input in inputs.compactMap(\.self) {
    let source = URL(filePath: input).resolvingSymlinksInPath().path
    guard target != source && !target.hasPrefix(source + "/checkpoints/") else {
      throw TrainingError("\(option) \(output) would write over what is read; name another file")
    }
  }
}
