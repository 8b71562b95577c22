import Evaluation
import Foundation
import Testing

struct LogMeanExpTests {
  private func logMeanExp(_ blocks: [Double]...) -> Double {
    var mean = LogMeanExp()
    for block in blocks { mean.add(block) }
    return mean.value
  }

  /// e^±1e4 is far outside of double precision.
  @Test("Values of any size, in any order and any blocks", arguments: [-1e4, -800, -1, 0, 1, 800, 1e4])
  func shifted(offset: Double) {
    let values = [0, -1, 2.5, -3, 0.25]
    let expected = offset + log(values.reduce(0) { $0 + exp($1) } / 5)
    for order in [values, values.sorted(), values.sorted(by: >)] {
      let shifted = order.map { $0 + offset }
      for cut in 0...5 {
        let found = logMeanExp(Array(shifted.prefix(cut)), Array(shifted.dropFirst(cut)))
        #expect(abs(found - expected) <= 1e-15 * abs(offset) + 1e-14, "found \(found), expected \(expected)")
      }
    }
    #expect(logMeanExp([offset]) == offset)
  }

  @Test("A small value beside a large one adds what it is")
  func apart() {
    #expect(logMeanExp([1e4, -1e4]) == 1e4 + log(0.5))
    #expect(logMeanExp([-1e4], [1e4]) == 1e4 + log(0.5))
    #expect(abs(logMeanExp([0, -20]) - log((1 + exp(-20)) / 2)) < 1e-15)
  }

  @Test("A draw of weight 0 counts; nothing but such draws gives -infinity")
  func infinite() {
    #expect(logMeanExp([-.infinity, 0]) == log(0.5))
    #expect(logMeanExp([0], [-.infinity, -.infinity, -.infinity]) == log(0.25))
    #expect(logMeanExp([-.infinity, -.infinity]) == -.infinity)
  }

  @Test("What is not a number stays so", arguments: 0..<3)
  func notANumber(place: Int) {
    var values: [Double] = [-5, 0, 5]
    values[place] = .nan
    #expect(logMeanExp(values).isNaN)
  }
}
