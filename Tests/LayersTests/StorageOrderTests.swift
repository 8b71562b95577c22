import Configuration
import Kernels
import Layers
import Testing

/// Files keep images as (channel, row, column), memory channels last; the weights on either side of an image follow.
struct StorageOrderTests {
  private static let list = """
    [{conv: 3, kernel: 2, bias: true}, {linear: 4}, {linear: 30}, {reshape: [5, 2, 3]}, {deconv: 2, kernel: 3}]
    """
  private let memory: ModelMemory

  init() throws {
    memory = try TestNetwork(Self.list, input: .image(channels: 2, height: 4, width: 3), rows: 1).memory
  }

  /// Loads 0, 1, 2, ... in file order and hands over what is then in memory.
  private func numbered(_ name: String) throws -> [Int] {
    let descriptor = try #require(memory.parameters.descriptor(named: name))
    descriptor.order.load(
      fileOrder: (0..<descriptor.slice.count).map(Float.init), into: memory.value(descriptor.slice))
    return (0..<descriptor.slice.count).map { Int(memory.value(descriptor.slice)[$0]) }
  }

  /// The file index of (a, b, c, d) in a tensor with these last three extents.
  private func index(_ a: Int, _ b: Int, _ c: Int, _ d: Int, _ extents: (Int, Int, Int)) -> Int {
    ((a * extents.0 + b) * extents.1 + c) * extents.2 + d
  }

  @Test("Every tensor comes back as it was loaded")
  func roundTrip() {
    for descriptor in memory.parameters.descriptors {
      let values = randomNumbers(descriptor.slice.count, seed: 1).map { Float($0) }
      descriptor.order.load(fileOrder: values, into: memory.value(descriptor.slice))
      #expect(descriptor.order.fileOrder(of: memory.value(descriptor.slice)) == values, "\(descriptor.name)")
    }
  }

  @Test("A convolution's (out, in, kH, kW) lies as (out, kH, kW, in)")
  func convolution() throws {
    let found = try numbered("n0.0.conv.weight")
    var place = 0
    for out in 0..<3 {
      for y in 0..<2 {
        for x in 0..<2 {
          for channel in 0..<2 {
            #expect(found[place] == index(out, channel, y, x, (2, 2, 2)))
            place += 1
          }
        }
      }
    }
    #expect(place == found.count)
  }

  @Test("A transposed convolution's (in, out, kH, kW) lies as (in, kH, kW, out)")
  func transposedConvolution() throws {
    let found = try numbered("n0.4.deconv.weight")
    var place = 0
    for channel in 0..<5 {
      for y in 0..<3 {
        for x in 0..<3 {
          for out in 0..<2 {
            #expect(found[place] == index(channel, out, y, x, (2, 3, 3)))
            place += 1
          }
        }
      }
    }
    #expect(place == found.count)
  }

  @Test("A linear layer that reads an image has its columns channels last")
  func linearReadingAnImage() throws {
    // The convolution leaves 3 x 3 x 2.
    let found = try numbered("n0.1.linear.weight")
    for out in 0..<4 {
      for position in 0..<6 {
        for channel in 0..<3 {
          #expect(found[out * 18 + position * 3 + channel] == out * 18 + channel * 6 + position)
        }
      }
    }
  }

  @Test("A linear layer that makes an image has its rows and its bias channels last")
  func linearMakingAnImage() throws {
    let (weight, bias) = (try numbered("n0.2.linear.weight"), try numbered("n0.2.linear.bias"))
    for position in 0..<6 {
      for channel in 0..<5 {
        let (row, fileRow) = (position * 5 + channel, channel * 6 + position)
        #expect(bias[row] == fileRow)
        for column in 0..<4 { #expect(weight[row * 4 + column] == fileRow * 4 + column) }
      }
    }
  }

  @Test("Heads that read an image have their columns channels last, like any linear layer")
  func headsReadingAnImage() throws {
    let memory = ModelMemory()
    _ = GaussianHeads(
      prefix: "posterior", inputOrder: DataShape.image(channels: 3, height: 2, width: 4).memoryOrder, latent: 2,
      memory: memory)
    memory.allocate()
    let descriptor = try #require(memory.parameters.descriptor(named: "posterior.logvar.weight"))
    descriptor.order.load(fileOrder: (0..<48).map { Float($0) }, into: memory.value(descriptor.slice))
    let found = memory.value(descriptor.slice)
    for z in 0..<2 {
      for position in 0..<8 {
        for channel in 0..<3 {
          #expect(found[z * 24 + position * 3 + channel] == Float(z * 24 + channel * 8 + position))
        }
      }
    }
  }

  @Test("A linear layer on an image computes what the file's weight says of (channel, row, column)")
  func imageProduct() throws {
    let shape = DataShape.image(channels: 3, height: 2, width: 4)
    let network = try TestNetwork("[{linear: 5}]", input: shape, rows: 1)
    let weight = try network.memory.parameter("n0.0.linear.weight")
    let bias = try network.memory.parameter("n0.0.linear.bias")
    let image = randomNumbers(24, seed: 3)
    for channel in 0..<3 {
      for position in 0..<8 { network.inputs[0].base[position * 3 + channel] = Float(image[channel * 8 + position]) }
    }
    try network.forward()
    let expected = (0..<5).map { o in (0..<24).reduce(bias[o]) { $0 + weight[o * 24 + $1] * image[$1] } }
    // 24 products in single precision.
    expectClose(network.output(), expected, tolerance: 2e-6)
  }
}
