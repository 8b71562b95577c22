internal import Foundation
internal import SwiftProtobuf

/// What an event says under one tag. TensorBoard groups tags by what is before their first slash.
package struct SummaryValue {
  let message: Tensorboard_Summary.Value

  private init(_ tag: String, _ change: (inout Tensorboard_Summary.Value) -> Void) {
    var message = Tensorboard_Summary.Value()
    message.tag = tag
    change(&message)
    self.message = message
  }

  /// A point of a curve, as a `Float`.
  package static func scalar(_ tag: String, _ value: Double) -> SummaryValue {
    SummaryValue(tag) { $0.simpleValue = Float(value) }
  }

  /// - Parameters:
  ///   - description: Markdown, shown on demand.
  ///   - png: a PNG file.
  package static func image(
    _ tag: String, title: String, description: String, width: Int, height: Int, png: [UInt8]
  ) -> SummaryValue {
    SummaryValue(tag) { value in
      value.metadata = metadata("images", .blobSequence)
      (value.metadata.displayName, value.metadata.summaryDescription) = (title, description)
      value.tensor = texts([Data("\(width)".utf8), Data("\(height)".utf8), Data(png)])
    }
  }

  package static func text(_ tag: String, markdown: String) -> SummaryValue {
    SummaryValue(tag) { value in
      value.metadata = metadata("text", .tensor)
      // A number of texts would be shown as a table.
      value.tensor.dtype = .dtString
      value.tensor.tensorShape.dim = []
      value.tensor.stringVal = [Data(markdown.utf8)]
    }
  }

  /// What the HPARAMS tab knows is in the metadata of a tag without values.
  static func hyperparameters(_ tag: String, _ content: Tensorboard_Hparams_HParamsPluginData) throws -> SummaryValue {
    let bytes: Data = try content.serializedBytes()
    return SummaryValue(tag) { value in
      value.metadata = metadata("hparams", .unknown)
      value.metadata.pluginData.content = bytes
      value.tensor.dtype = .dtFloat
      value.tensor.tensorShape.dim = [Tensorboard_TensorShapeProto.Dim()]
    }
  }

  private static func metadata(_ plugin: String, _ kind: Tensorboard_DataClass) -> Tensorboard_SummaryMetadata {
    var metadata = Tensorboard_SummaryMetadata()
    metadata.pluginData.pluginName = plugin
    metadata.dataClass = kind
    return metadata
  }

  private static func texts(_ texts: [Data]) -> Tensorboard_TensorProto {
    var tensor = Tensorboard_TensorProto()
    var extent = Tensorboard_TensorShapeProto.Dim()
    extent.size = Int64(texts.count)
    tensor.dtype = .dtString
    tensor.tensorShape.dim = [extent]
    tensor.stringVal = texts
    return tensor
  }
}
