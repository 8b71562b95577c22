internal import Configuration
internal import DataLoading
internal import Kernels
internal import Models
internal import Storage

extension Evaluator {
  /// Pictures whose values are from 0 to 1, and seen as the file has them: others have no common scale.
  func measurablePictures(_ dataset: borrowing PackedDataset) -> [Int] {
    let descriptions = dataset.modalities
    return model.configuration.pictures.filter { index in
      let modality = model.configuration.modalities[index]
      let isGrey = descriptions.contains {
        $0.name == modality.name && $0.elementType == .uint8 && $0.scale * 255 <= 1.001
      }
      return modality.sourceUnit == nil && modality.binarization == .none
        && (modality.likelihood == .bernoulli || isGrey)
    }
  }

  /// How near pictures come to those of the rows, decoded from the means of latents.
  func pictureQuality(of targets: [Int], _ given: [Int]) throws -> [MeasureEstimate] {
    let modalities = model.configuration.modalities
    guard !targets.isEmpty else { return [] }
    let generator = Generator(model, given: given, decoded: targets, latents: .means)
    let measures: [Measure] = [.meanSquaredError, .signalToNoise, .similarity]
    var moments = targets.map { _ in measures.map { _ in Moments() } }
    blocks.forEachBlock { _, block in
      generator.encode(block)
      for row in 0..<block.rows where given.contains(where: { block.has($0, row: row) }) {
        for (place, decoded) in generator.means(row: row).enumerated() {
          guard block.has(targets[place], row: row),
            case .image(let channels, let height, let width) = modalities[targets[place]].shape
          else { continue }
          let observed = block.inputs[targets[place]].rows(row..<row + 1).values
          let quality = PictureQuality(observed, decoded.values, channels: channels, height: height, width: width)
          moments[place][0].add(quality.meanSquaredError)
          if quality.signalToNoise != .infinity { moments[place][1].add(quality.signalToNoise) }
          if let similarity = quality.similarity { moments[place][2].add(similarity) }
        }
      }
    }
    let sums = try sum(moments.flatMap(\.self))
    return targets.enumerated().flatMap { place, target in
      measures.enumerated().compactMap { kind, measure in
        let total = sums[place * measures.count + kind]
        guard total.count > 0 else { return nil }
        return MeasureEstimate(
          measure, of: modalities[target].name, given: names(given), value: total.mean,
          standardError: total.standardError, rows: total.count)
      }
    }
  }
}
