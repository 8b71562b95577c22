import Kernels
import Layers
import Models
import SmallModel
import Testing
import Training

struct RunningStatisticsTests {
  /// The squares of 1e20 overflow: the batch norm then divides by infinity, and loss and gradients stay finite.
  @Test("A running variance that overflows stops the step, and the statistics are those before it")
  func overflow() throws {
    let replica = try smallReplica()
    let memory = replica.model.memory
    let weight = try #require(memory.parameters.descriptor(named: "modality.label.encoder.0.linear.weight"))
    for i in 0..<weight.slice.count { memory.value(weight.slice)[i] = i % 2 == 0 ? 1e20 : -1e20 }
    let before = Array(memory.runningStatistics.buffer)
    let batch = smallBatch(replica.model)
    let weights = ObjectiveWeights(reconstruction: [1, 1], modality: 1, core: 1)
    let text = try message { try replica.step(batch, weights: weights, learningRate: 1e-3) { [0, 1, 2, 3] } }
    #expect(text.contains("a running statistic is not finite") && text.contains("norm.running_var"), "\(text)")
    #expect(Array(memory.runningStatistics.buffer) == before)
    #expect(replica.stepCount == 0)
  }

  @Test("Statistics that are not finite are no state to be saved")
  func comparison() throws {
    let replica = try smallReplica()
    try replica.compare(after: "epoch 1")
    replica.model.memory.runningStatistics.base[1] = .nan
    let text = try message { try replica.compare(after: "epoch 2") }
    #expect(text.contains("after epoch 2") && text.contains("running_") && text.contains("is not finite"), "\(text)")
  }
}
