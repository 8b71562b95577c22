import Foundation
import Machine
import Runs
import Storage

extension SessionStart {
  /// - Parameters:
  ///   - ranks: of the job.
  ///   - path: where the dataset is.
  ///   - exchange: how gradients are exchanged.
  ///   - epoch, step: what was complete before.
  init(
    _ ranks: [RankFacts], _ dataset: borrowing PackedDataset, path: String, exchange: String, epoch: Int, step: UInt64
  ) {
    let software = ranks[0].software
    var rows: [String: Int] = [:]
    for split in Split.allCases { rows[split.rawValue] = dataset.rowCount(of: split) }
    self.init(
      software: [
        software.program, software.mpi, "OpenBLAS \(software.openBLAS) (\(software.kernels))", "HDF5 \(software.hdf5)",
      ],
      worldSize: ranks.count, threads: ranks[0].threads,
      hosts: Node.all(ranks).map {
        Host(
          name: $0.host.name, processor: $0.host.processor, cores: $0.cores.count, ranks: $0.ranks.count)
      },
      exchange: exchange, data: URL(filePath: path).standardizedFileURL.path, dataName: dataset.name, rows: rows,
      epoch: epoch, step: step)
  }
}
