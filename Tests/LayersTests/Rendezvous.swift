import Foundation
import Layers

/// Where the replicas of a test meet: each runs on a thread of its own and waits in every sum for the others.
final class Rendezvous: @unchecked Sendable {
  private let condition = NSCondition()
  private let replicas: Int
  private var arrived = 0
  private var round = 0
  private var total: [Double] = []
  private var result: [Double] = []

  init(replicas: Int) { self.replicas = replicas }

  func sum(_ values: UnsafeMutableBufferPointer<Double>) {
    condition.lock()
    defer { condition.unlock() }
    if arrived == 0 { total = [Double](repeating: 0, count: values.count) }
    precondition(total.count == values.count, "replicas post sums of different lengths")
    for i in values.indices { total[i] += values[i] }
    arrived += 1
    let myRound = round
    if arrived == replicas {
      (arrived, result, round) = (0, total, round + 1)
      condition.broadcast()
    }
    while round == myRound {
      guard condition.wait(until: Date(timeIntervalSinceNow: 60)) else { preconditionFailure("a replica did not come") }
    }
    for i in values.indices { values[i] = result[i] }
  }

  /// Runs `body` for every replica at once and returns what each made.
  static func run<Result: Sendable>(
    replicas: Int, _ body: @escaping @Sendable (_ replica: Int, _ sum: any ReplicaGroup) throws -> Result
  ) throws -> [Result] {
    let rendezvous = Rendezvous(replicas: replicas)
    let results = Results<Result>(count: replicas)
    let group = DispatchGroup()
    for replica in 0..<replicas {
      group.enter()
      let thread = Thread {
        results.set(replica, Swift.Result { try body(replica, Member(rendezvous)) })
        group.leave()
      }
      thread.start()
    }
    group.wait()
    return try results.all()
  }
}

private final class Member: ReplicaGroup {
  private let rendezvous: Rendezvous
  init(_ rendezvous: Rendezvous) { self.rendezvous = rendezvous }
  func sum(_ values: UnsafeMutableBufferPointer<Double>) { rendezvous.sum(values) }
}

private final class Results<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var results: [Result<Value, any Error>?]

  init(count: Int) { results = Array(repeating: nil, count: count) }
  func set(_ index: Int, _ result: Result<Value, any Error>) { lock.withLock { results[index] = result } }
  func all() throws -> [Value] { try lock.withLock { try results.map { try $0!.get() } } }
}
