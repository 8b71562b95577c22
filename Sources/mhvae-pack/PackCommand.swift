import ArgumentParser

struct PackCommand: ParsableCommand {
  static let version = "mhvae-pack 0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "mhvae-pack",
    abstract: "Packs published datasets, or arrays of your own, into the file mhvae-dist trains on.",
    discussion: """
      Pack once, then train from the packed file on any number of ranks.

      EXAMPLES
        mhvae-pack fashion-mnist --input downloads/fashion --output fashion.h5
        mhvae-pack mnist --input downloads/mnist --output small.h5 --limit 1000
        mhvae-pack celeba --images images --attributes list_attr_celeba.txt \\
            --output celeba.h5
        mhvae-pack arrays --modality image=x.npy --modality label=y.npy \\
            --output data.h5
        mhvae-pack split fashion.h5 --modality image --into top,bottom \\
            --output halves.h5
        mhvae-pack inspect fashion.h5
        mhvae-pack verify fashion.h5
      """,
    version: version,
    subcommands: [
      FashionMNIST.self, MNIST.self, CelebA.self, Synthetic.self, ArraysCommand.self, SplitCommand.self,
      JoinCommand.self, DropCommand.self, CompleteCommand.self, Inspect.self, Verify.self,
    ])
}
