package import Configuration
internal import Evaluation
package import Models
package import Pictures

/// Pictures of what a model learned: the same draws for the same seed, so that they can be compared as it learns.
package struct Gallery {
  let model: any Model
  let classNames: [String: [String]]
  let seed: UInt64

  /// Side of the square of draws from the prior.
  private static let priorSide = 8
  private static let drawsOfClass = 8

  /// - Parameter classNames: of modalities that have some, by name.
  package init(_ model: any Model, classNames: [String: [String]], seed: UInt64 = 1) {
    (self.model, self.classNames, self.seed) = (model, classNames, seed)
  }

  var modalities: [ModalityConfiguration] { model.configuration.modalities }

  /// Of every modality that is a picture: draws from the prior, and for each class of each categorical modality.
  /// - Throws: `PictureError` when the model decodes what is no brightness.
  package func draws() throws(PictureError) -> [GalleryPicture] {
    var pictures: [GalleryPicture] = []
    for target in model.configuration.pictures {
      pictures.append(try prior(target))
      for given in classModalities where given != target {
        pictures.append(try classes(of: given, target))
      }
    }
    return pictures
  }

  private func prior(_ target: Int) throws(PictureError) -> GalleryPicture {
    let count = Self.priorSide * Self.priorSide
    let values = model.generate(target, given: [:], count: count, seed: seed).values
    return GalleryPicture(
      name: "prior-\(modalities[target].name)", title: "\(modalities[target].name), drawn from the prior",
      lines: [], picture: try modalities[target].grid(values, columns: Self.priorSide))
  }

  /// A line of draws for each class, with the same noise.
  private func classes(of given: Int, _ target: Int) throws(PictureError) -> GalleryPicture {
    let (source, picture) = (modalities[given], modalities[target])
    var values: [Float] = []
    for index in 0..<source.shape.count {
      let observation = (0..<source.shape.count).map { $0 == index ? Float(1) : 0 }
      values += model.generate(target, given: [given: observation], count: Self.drawsOfClass, seed: seed).values
    }
    return GalleryPicture(
      name: "\(picture.name)-given-\(source.name)", title: "\(picture.name), drawn for each \(source.name)",
      lines: names(of: given),
      picture: try picture.grid(values, columns: Self.drawsOfClass))
  }
}

extension ModalityConfiguration {
  /// Images of this modality, side by side.
  /// - Parameters:
  ///   - values: `[images, values]`, row major, as models see them; images channels-last.
  ///   - upscaling: the side of the square that each pixel becomes.
  ///   - absent: images that are not there: their cells stay grey.
  /// - Precondition: it is a picture.
  package func grid(
    _ values: [Float], columns: Int, upscaling: Int = 1, absent: Set<Int> = []
  ) throws(PictureError) -> Picture {
    guard case .image(let channels, let height, let width) = shape else {
      preconditionFailure("\(name) is no picture")
    }
    return try ImageGrid(
      count: values.count / shape.count, height: height, width: width, channels: channels, columns: columns,
      upscaling: upscaling
    ).picture(inSourceUnit(values), absent: absent)
  }
}
