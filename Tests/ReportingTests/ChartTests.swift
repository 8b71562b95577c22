import Foundation
import Reporting
import Testing

@Suite struct ChartTests {
  @Test(
    "Ticks are round numbers within the range",
    arguments: [
      (0.0...1.0, 5, [0, 0.2, 0.4, 0.6, 0.8, 1], 1), (-253.3 ... -227, 7, [-250, -245, -240, -235, -230], 0),
      (0.0213...0.0287, 4, [0.022, 0.024, 0.026, 0.028], 3),
      (0...25_320, 6, [0, 5000, 10_000, 15_000, 20_000, 25_000], 0),
    ] as [(ClosedRange<Double>, Int, [Double], Int)])
  func ticks(range: ClosedRange<Double>, count: Int, expected: [Double], digits: Int) {
    let ticks = Ticks(range, count: count)
    #expect(ticks.digits == digits)
    #expect(ticks.values.count == expected.count, "\(ticks)")
    for (value, wanted) in zip(ticks.values, expected) { #expect(abs(value - wanted) < 1e-9 * abs(range.upperBound)) }
  }

  @Test("Counted things have no ticks between whole numbers")
  func wholeTicks() {
    #expect(Ticks(0.5...1.5, count: 6, isWhole: true).values == [1])
    #expect(Ticks(0.9...3.1, count: 6, isWhole: true).values == [1, 2, 3])
  }

  @Test("An axis takes its domain to its ends, and a single number to the middle")
  func axis() {
    let axis = Axis([10, .nan, 30, 1e300], from: 100, to: 0)
    #expect(axis.place(10) == 100 && axis.place(30) == 0 && axis.place(20) == 50)
    #expect(Axis([7, 7], from: 0, to: 10).place(7) == 5)
    #expect(Axis([], from: 0, to: 10).place(0.5) == 5)
    #expect(Axis([0, .leastNonzeroMagnitude], from: 0, to: 10).place(0) == 5, "what only rounding tells apart")
  }

  @Test("A curve goes through its points, from the axis on the left to the right")
  func path() throws {
    let drawing = ChartDrawing(chart([(1, 0), (2, 5), (3, 10)]))
    let left = try #require(Double(drawing.left))
    let numbers = drawing.curves[0].path.split { "ML ".contains($0) }.compactMap { Double($0) }
    // 1 % is left free beside the curve, 5 % above and below it: of 2 epochs, 10 nats and 174 units of height.
    let (width, margin) = (388 - left, 174 * 0.05 / 1.1)
    let expected = [
      left + width * 0.01 / 1.02, 200 - margin, left + width / 2, 113, 388 - width * 0.01 / 1.02, 26 + margin,
    ]
    #expect(numbers.count == 6 && drawing.curves[0].path.hasPrefix("M"))
    for (number, wanted) in zip(numbers, expected) { #expect(abs(number - wanted) <= 0.1, "\(numbers)") }
    #expect(drawing.xTicks.map(\.text) == ["1", "2", "3"])
    #expect(drawing.curves[0].dots.map(\.text)[1] == "epoch 2, training: 5.0")
    #expect(drawing.description == "Loss in nats. training: from 0.0 at epoch 1 to 10.0 at epoch 3")
  }

  @Test("What is no finite number is a gap, and bends no axis")
  func gaps() throws {
    let values = [(1, 2), (2, .nan), (3, 4), (4, -.infinity), (5, 1e200), (6, 3)] as [(Double, Double)]
    let drawing = ChartDrawing(chart(values))
    #expect(drawing.curves[0].path.count { $0 == "M" } == 3 && !drawing.curves[0].path.contains("L"))
    #expect(drawing.curves[0].dots.count == 3)
    #expect(!drawing.hover.contains("nan") && !drawing.hover.contains("inf"))
    #expect(drawing.yTicks.allSatisfy { (1.5...4.5).contains(Double($0.text) ?? 0) }, "\(drawing.yTicks)")
    let empty = ChartDrawing(chart([(1, .nan)]))
    #expect(empty.curves[0].path.isEmpty && empty.description.hasSuffix("no finite value"))
  }

  @Test("The script finds every value and where it is, as text")
  func hover() throws {
    let curve = try hoverCurve(chart([(1, -1234.567), (2, -1000)]))
    #expect(
      curve["texts"] as? [String] == ["−1234.6", "−1000.0"] && curve["at"] as? [String] == ["epoch 1", "epoch 2"])
    let places = try #require(curve["x"] as? [Double])
    #expect(places.count == 2 && places[0] < places[1])
  }

  @Test("Steps are told exactly, however many share a pixel")
  func hoverOfSteps() throws {
    let steps = (1...500).map { 800 * $0 - $0 % 7 }
    let curve = try hoverCurve(chart(steps.map { (Double($0), 1) }, xName: "step"))
    #expect(curve["at"] as? [String] == steps.map { "step \(NumberText.count($0))" })
  }

  @Test("Means of many steps say so, and of which")
  func hoverOfMeans() throws {
    let drawn = chart((1...400_000).map { (Double($0), 1) }, xName: "step")
    let at = try #require(try hoverCurve(drawn)["at"] as? [String])
    #expect(at.count == 600 && at[0] == "mean of 667, step 1 to 667")
    #expect(at[599] == "mean of 467, step 399\u{202F}534 to 400\u{202F}000")
    #expect(ChartDrawing(drawn).curves[0].dots[0].text.hasPrefix("mean of 667, step 1 to 667, training: "))
    // The last group is of one step.
    let odd = try hoverCurve(chart((1...601).map { (Double($0), 1) }))
    #expect((odd["at"] as? [String])?.last == "epoch 601")
  }

  private func hoverCurve(_ chart: LineChart) throws -> [String: Any] {
    let json = Data(ChartDrawing(chart).hover.utf8)
    let data = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
    return try #require((data["curves"] as? [[String: Any]])?.first)
  }

  @Test("Many points become means of neighbours")
  func thinning() {
    let drawing = ChartDrawing(chart((1...100_000).map { (Double($0), $0 % 2 == 0 ? 1 : 3) }))
    let places = drawing.curves[0].path.split { "ML".contains($0) }
    #expect(places.count <= 600 && drawing.curves[0].dots.count <= 40)
    #expect(!drawing.curves[0].showsDots)
    // Every mean is 2, or next to it: a flat line, whose height no tick of 1 or 3 shows.
    #expect(drawing.yTicks.allSatisfy { abs((Double($0.text) ?? 0) - 2) < 0.2 }, "\(drawing.yTicks)")
  }

  @Test("The warm-up is shaded from the left")
  func band() throws {
    var warm = chart((1...10).map { (Double($0), 1) })
    warm.band = LineChart.Band("warm-up", upTo: 5.5)
    let drawing = ChartDrawing(warm)
    let (left, width) = (try #require(Double(drawing.bands[0].left)), try #require(Double(drawing.bands[0].width)))
    #expect(drawing.bands[0].left == drawing.left && abs(left + width - (left + 388) / 2) < 0.2)
  }

  @Test("Numbers are written for people")
  func numbers() {
    #expect(NumberText.fixed(-1234567.891, 2) == "−1\u{202F}234\u{202F}567.89" && NumberText.count(9376) == "9376")
    #expect(NumberText.fixed(-0.001, 2) == "0.00" && NumberText.fixed(.nan, 1) == "not a number")
    #expect(NumberText.fixed(-.infinity, 1) == "−∞" && NumberText.percent(0.8431) == "84.3\u{202F}%")
    #expect(NumberText.duration(59.96) == "60.0\u{202F}s" && NumberText.duration(3700) == "1\u{202F}h 1\u{202F}min")
    #expect(NumberText.count(1, "rank") == "1 rank" && NumberText.count(20_000, "rank") == "20\u{202F}000 ranks")
    #expect(NumberText.duration(1e300) == "1e+300\u{202F}s" && NumberText.count(UInt64.max) == "1.84e+19")
    #expect(NumberText.time("2026-11-23T20:15:04Z") == "2026-11-23 20:15")
  }

  private func chart(_ points: [(Double, Double)], xName: String = "epoch") -> LineChart {
    LineChart(
      "Loss", xName: xName, unit: "nats",
      series: [LineChart.Series("training", colour: 0, points.map { LineChart.Point($0.0, $0.1) })])
  }
}
