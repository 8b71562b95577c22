import Communication
import Testing
import Training

struct StepMessageTests {
  @Test("Terms and flags of one rank make its message; a flag goes out once")
  func message() {
    let message = StepMessage(terms: 2)
    let own = UnsafeMutableBufferPointer<Double>.allocate(capacity: 2)
    defer { own.deallocate() }
    own.initialize(repeating: 3)
    message.raise(.nonFinite)
    message.squaredNorm = 7
    message.prepare(own)
    #expect(Array(message.values) == [3, 3, 0, 0, 0, 0, 0, 0, 1, 7])
    // As a sum over four ranks, three of which raised it, would leave it.
    message.values[8] = 3
    #expect(message.ranks(raising: .nonFinite) == 3 && message.ranks(raising: .stop(.file)) == 0)
    #expect(Array(message.terms) == [3, 3] && message.squaredNorm == 7)
    message.prepare(own)
    #expect(message.ranks(raising: .nonFinite) == 0)
  }
}
