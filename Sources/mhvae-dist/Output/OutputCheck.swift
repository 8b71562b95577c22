import Foundation
import Runs

/// Refuses to write over what a command reads.
/// - Parameters:
///   - output: the file to be written, if one was named.
///   - option: that named it.
///   - inputs: the files and directories that are read.
///   - readsEvaluations: whether the evaluations of a run are read, too.
/// - Throws: `CommandError` when `output` is one of them, or what a run among them consists of.
func checkOutput(
  _ output: String?, option: String = "--output", inputs: [String?], readsEvaluations: Bool = false
) throws(CommandError) {
  guard let output else { return }
  let target = resolved(output)
  for input in inputs.compactMap(\.self) {
    let source = resolved(input)
    guard target != source && !isPart(target, ofRun: source, readsEvaluations: readsEvaluations) else {
      throw CommandError("\(option) \(output) would write over what is read; name another file")
    }
  }
}

/// Whether a file in a run's directory is what the run would be lost or spoilt without.
private func isPart(_ target: String, ofRun run: String, readsEvaluations: Bool) -> Bool {
  guard target.hasPrefix(run + "/") else { return false }
  let directory = RunDirectory(run)
  let files = [directory.configurationPath, directory.metricsPath, directory.stepsPath, directory.journalPath]
  let name = target.dropFirst(run.count + 1)
  return files.contains(target) || ["checkpoints/", "tensorboard/"].contains { name.hasPrefix($0) }
    || (readsEvaluations && name.hasPrefix("evaluation") && name.hasSuffix(".json"))
}

/// A path without links, also of a file that is not there yet.
private func resolved(_ path: String) -> String {
  let url = URL(filePath: path).absoluteURL
  let folder = url.deletingLastPathComponent().resolvingSymlinksInPath()
  return folder.appending(path: url.lastPathComponent).resolvingSymlinksInPath().path
}
