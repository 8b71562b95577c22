/// What to pack of CelebA, and where to.
package struct CelebARequest: Sendable {
  /// The directory with the JPEG files.
  package var images: String
  /// `list_attr_celeba.txt`.
  package var attributes: String
  /// `list_eval_partition.txt`; without it the split is drawn.
  package var partition: String?
  package var attributeSet: AttributeSet
  /// The file to write.
  package var output: String
  /// Whether `output` may be replaced.
  package var replacing: Bool
  /// Packs only so many of the first images of every split.
  package var limit: Int?
  /// Decides the split if there is no partition, and the order of the training split; not negative.
  package var seed: Int
  /// Threads that decode.
  package var threads: Int
  /// The program and its version.
  package var creator: String

  package init(
    images: String, attributes: String, partition: String?, attributeSet: AttributeSet = .paper, output: String,
    replacing: Bool, limit: Int?, seed: Int, threads: Int, creator: String
  ) {
    (self.images, self.attributes, self.partition) = (images, attributes, partition)
    (self.attributeSet, self.output, self.replacing) = (attributeSet, output, replacing)
    (self.limit, self.seed, self.threads, self.creator) = (limit, seed, threads, creator)
  }
}

/// How far packing is.
package enum PackingProgress: Equatable, Sendable {
  /// The number of images that an interrupted run has decoded; this one resumes there.
  case resuming(done: Int, total: Int)
  /// What an earlier run left belongs to another request, and is not used.
  case startingAnew
  case decoded(Int, total: Int)
  /// All images are decoded, and the file is being written.
  case writing
}
