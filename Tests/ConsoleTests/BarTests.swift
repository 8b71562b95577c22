import Console
import Testing

/// The line that is written over and over.
struct BarTests {
  private let bar = Bar("epoch 3/40: loss 250.12, 5477 images/s", fraction: 0.5, secondsLeft: 200)

  @Test("There is room for all of it")
  func wide() {
    let line = "epoch 3/40: loss 250.12, 5477 images/s [############............] 50 %, 3 min 20 s left"
    #expect(bar.line(width: nil) == line)
    #expect(bar.line(width: line.count) == line)
  }

  @Test("A narrow terminal shortens the bar, then the text, and no line is too long", arguments: 33..<100)
  func narrow(width: Int) {
    let line = bar.line(width: width)
    #expect(line.count <= width)
    #expect(line.hasSuffix("] 50 %, 3 min 20 s left") && line.contains("####...."))
    #expect(width < 71 || line.hasPrefix("epoch 3/40: loss 250.12, 5477 images/s ["))
  }

  @Test("Colour takes no room")
  func colour() {
    #expect(bar.line(width: 80) { "<\($0)>" }.filter { !"<>".contains($0) } == bar.line(width: 80))
  }
}
