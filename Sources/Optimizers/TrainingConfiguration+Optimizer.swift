package import Configuration

extension TrainingConfiguration {
  /// What the optimiser has to know.
  package var optimizerSettings: OptimizerSettings {
    var settings = OptimizerSettings()
    switch optimizer.name {
    case .adam, .adamw: settings.rule = .adam
    case .adamax: settings.rule = .adamax
    }
    (settings.beta1, settings.beta2) = (optimizer.beta1, optimizer.beta2)
    (settings.epsilon, settings.weightDecay) = (optimizer.epsilon, optimizer.weightDecay)
    settings.averageDecay = emaDecay
    return settings
  }
}
