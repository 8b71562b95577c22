internal import Foundation
internal import SwiftProtobuf

/// A row of the HPARAMS tab: what was chosen, and the curve whose last value tells how good it was.
package struct Hyperparameters {
  package enum Value: Equatable, Sendable {
    case number(Double)
    case text(String)
  }

  private let values: [(name: String, value: Value)]
  private let metric: String

  /// - Parameter metric: the tag of a scalar.
  package init(_ values: [(name: String, value: Value)], metric: String) {
    (self.values, self.metric) = (values, metric)
  }

  /// What says so in an event.
  /// - Throws: `SwiftProtobuf.BinaryEncodingError` if it is larger than 2 GiB.
  package var summary: [SummaryValue] {
    get throws {
      var (columns, row) = (Tensorboard_Hparams_HParamsPluginData(), Tensorboard_Hparams_HParamsPluginData())
      columns.experiment = experiment
      row.sessionStartInfo = session
      return [
        try .hyperparameters("_hparams_/experiment", columns),
        try .hyperparameters("_hparams_/session_start_info", row),
      ]
    }
  }

  private var experiment: Tensorboard_Hparams_Experiment {
    var experiment = Tensorboard_Hparams_Experiment()
    experiment.hparamInfos = values.map { name, value in
      var info = Tensorboard_Hparams_HParamInfo()
      info.name = name
      info.type = if case .number = value { .float64 } else { .string }
      return info
    }
    var info = Tensorboard_Hparams_MetricInfo()
    info.name.tag = metric
    experiment.metricInfos = [info]
    return experiment
  }

  private var session: Tensorboard_Hparams_SessionStartInfo {
    var session = Tensorboard_Hparams_SessionStartInfo()
    session.startTimeSecs = Date.now.timeIntervalSince1970
    for (name, value) in values {
      session.hparams[name] =
        switch value {
        case .number(let number): Google_Protobuf_Value(numberValue: number)
        case .text(let text): Google_Protobuf_Value(stringValue: text)
        }
    }
    return session
  }
}
