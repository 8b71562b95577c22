import ArgumentParser
import Configuration
import Models
import Pictures
import Reporting
import Runs
import Storage
import Training

/// What is recorded during training.
struct RecordingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write the loss of every so many steps to steps.jsonl and for TensorBoard; 0 for none.", valueName: "count"))
  var logSteps = 100

  @Option(
    help: ArgumentHelp(
      """
      Draw pictures from what has been learned after the first epoch, the last, and every so many, into the run's \
      samples and for TensorBoard; 0 for none.
      """, valueName: "epochs"))
  var sampleEvery = 10

  func validate() throws {
    guard logSteps >= 0 else { throw ValidationError("--log-steps must be at least 0.") }
    guard sampleEvery >= 0 else { throw ValidationError("--sample-every must be at least 0.") }
  }

  /// - Parameters:
  ///   - dataset: where the names of classes come from.
  ///   - model: pictures are drawn by a generative one.
  func settings(_ dataset: borrowing PackedDataset, _ model: ModelConfiguration) -> RecordingSettings {
    let sampleEvery = model.isGenerative ? sampleEvery : 0
    let names = dataset.classNames
    return RecordingSettings(
      logEverySteps: logSteps > 0 ? logSteps : nil,
      sampler: sampleEvery > 0 ? Sampler(everyEpochs: sampleEvery) { try samplePictures($0, classNames: names) } : nil)
  }
}

/// The gallery of a model, as training keeps it.
private func samplePictures(_ model: any Model, classNames: [String: [String]]) throws -> [SamplePicture] {
  try Gallery(model, classNames: classNames).draws().map { drawn in
    SamplePicture(
      name: drawn.name, title: drawn.title, lines: drawn.lines, width: drawn.picture.width,
      height: drawn.picture.height, png: try drawn.picture.png())
  }
}
