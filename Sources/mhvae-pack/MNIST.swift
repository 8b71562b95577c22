import ArgumentParser
import Packing

struct MNIST: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mnist",
    abstract: "Packs MNIST: pictures of handwritten digits and the digits.",
    discussion: """
      Reads train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, \
      with .gz or without, also spelled train-images.idx3-ubyte, also each in a directory of its name. A tenth of the training rows, drawn with --seed, \
      becomes the validation split; the test rows stay as they are.

      EXAMPLE
        mhvae-pack mnist --input downloads/mnist --output mnist.h5
      """)

  @OptionGroup var options: IDXOptions

  func run() throws { try options.pack(.mnist) }
}
