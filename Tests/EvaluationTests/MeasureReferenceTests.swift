import Evaluation
import Testing

// The expected figures are those of scikit-learn 1.9, SciPy 1.17 and scikit-image 0.26, written by
//
//     import numpy as np
//     from scipy import linalg
//     from sklearn.linear_model import LogisticRegression
//     from skimage.metrics import structural_similarity
//     def numbers(seed, count):
//         x, out = seed, []
//         for _ in range(count):
//             x = (1103515245 * x + 12345) % 2**31
//             out.append(x / 2**31)
//         return np.array(out)
//     x = (4 * numbers(1, 270).reshape(90, 3) - 2).astype(np.float32)
//     y = np.where(numbers(3, 90) < 0.7, np.argmax(np.c_[x, -x.sum(1)], 1), (numbers(2, 90) * 4).astype(int))
//     fit = LogisticRegression(C=1, tol=1e-12, max_iter=100000).fit(x.astype(float), y)
//     print(np.c_[fit.coef_, fit.intercept_], fit.score(x, y))
//     a = numbers(4, 300).reshape(60, 5).astype(np.float32).astype(float)
//     b = (numbers(5, 220).reshape(44, 5) @ np.triu(np.ones((5, 5))) * 0.3).astype(np.float32).astype(float)
//     c1, c2 = np.cov(a.T), np.cov(b.T)
//     print(((a.mean(0) - b.mean(0))**2).sum() + np.trace(c1 + c2 - 2 * linalg.sqrtm(c1 @ c2).real))
//     p = numbers(6, 714).reshape(14, 17, 3).astype(np.float32)
//     q = (0.6 * p + 0.4 * numbers(7, 714).reshape(14, 17, 3)).astype(np.float32)
//     print(structural_similarity(p.astype(float), q.astype(float), gaussian_weights=True, sigma=1.5,
//                                 use_sample_covariance=False, data_range=1.0, channel_axis=2))

/// Measures beside those of other programs.
struct MeasureReferenceTests {
  private struct Probe {
    let features = ReferenceNumbers.make(1, 270).map { Float(4 * $0 - 2) }
    let classes: [Int]

    init() {
      let (random, noise, features) = (ReferenceNumbers.make(2, 90), ReferenceNumbers.make(3, 90), features)
      classes = (0..<90).map { row in
        guard noise[row] < 0.7 else { return Int(random[row] * 4) }
        let x = Array(features[row * 3..<row * 3 + 3])
        let values = x + [-(x[0] + x[1] + x[2])]
        return values.indices.max { values[$0] < values[$1] } ?? 0
      }
    }
  }

  @Test("The linear probe has scikit-learn's weights, and its accuracy")
  func probe() throws {
    let probe = Probe()
    let fit = LogisticRegression(probe.features, probe.classes, featureCount: 3, classCount: 4) { _ in }
    let expected = [
      0.8965285294175982, -0.42035125055164785, -0.34557912593848206, 0.15775370231384667,
      -0.25051210787927947, 1.3705097638640358, -0.42433777127101574, -0.7744525517461082,
      -0.2586456422855023, -0.41870871966657475, 1.291481421921153, -0.15234804839525715,
      -0.38737077925281627, -0.5314497936458131, -0.5215645247116549, 0.7690468978275181,
    ]
    for (found, expected) in zip(fit.weights, expected) {
      #expect(abs(found - expected) < 1e-6, "found \(found), expected \(expected)")
    }
    #expect(zip(fit.predict(probe.features), probe.classes).count { $0 == $1 } == 67)
  }

  @Test("Rows that lie on several ranks give the fit of all rows")
  func dividedProbe() throws {
    let probe = Probe()
    let whole = LogisticRegression(probe.features, probe.classes, featureCount: 3, classCount: 4) { _ in }
    // Two ranks with the same rows add up to twice each sum.
    let double = LogisticRegression(probe.features, probe.classes, featureCount: 3, classCount: 4) { sums in
      for i in sums.indices { sums[i] *= 2 }
    }
    let repeated = LogisticRegression(
      probe.features + probe.features, probe.classes + probe.classes, featureCount: 3, classCount: 4
    ) { _ in }
    #expect(zip(double.weights, repeated.weights).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(!zip(double.weights, whole.weights).allSatisfy { abs($0 - $1) < 1e-3 })
  }

  private func moments(_ values: [Double]) -> FeatureMoments {
    var moments = FeatureMoments(width: 5)
    for row in 0..<values.count / 5 {
      let features = values[row * 5..<(row + 1) * 5].map { Float($0) }
      features.withUnsafeBufferPointer { moments.add($0.baseAddress!, row: row) }
    }
    return moments
  }

  @Test("The Fréchet distance is SciPy's, and 0 to itself")
  func frechet() {
    let a = moments(ReferenceNumbers.make(4, 300))
    let numbers = ReferenceNumbers.make(5, 220)
    let b = moments(
      (0..<44).flatMap { row in
        (0..<5).map { column in 0.3 * (0...column).reduce(0.0) { $0 + numbers[row * 5 + $1] } }
      })
    #expect(a.count == 60 && b.count == 44)
    let (value, error) = frechetDistance(a, b)
    #expect(abs(value - 0.3673574864833005) < 1e-6, "found \(value)")
    #expect(error.map { 0.01 < $0 && $0 < 0.3 } ?? false, "found \(String(describing: error))")
    #expect(abs(frechetDistance(a, a).value) < 1e-12)
    #expect(abs(frechetDistance(b, a).value - value) < 1e-12)
  }

  @Test("The standard error of a distance is as large as the scatter of distances of other rows")
  func frechetError() {
    let all = ReferenceNumbers.make(8, 5 * 200 * 40)
    let found = (0..<20).map { trial in
      let rows = Array(all[trial * 2000..<(trial + 1) * 2000])
      return frechetDistance(moments(Array(rows[..<1000])), moments(rows[1000...].map { 0.7 * $0 }))
    }
    let mean = found.reduce(0) { $0 + $1.value } / 20
    let scatter = (found.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) } / 19).squareRoot()
    let error = found.reduce(0) { $0 + ($1.standardError ?? .nan) } / 20
    #expect(0.6 < error / scatter && error / scatter < 1.6, "error \(error), scatter \(scatter)")
  }

  @Test("MSE, PSNR and SSIM are scikit-image's")
  func pictures() throws {
    let p = ReferenceNumbers.make(6, 714)
    let q = zip(p, ReferenceNumbers.make(7, 714)).map { Float(0.6 * Double(Float($0)) + 0.4 * $1) }
    let quality = PictureQuality(p.map { Float($0) }, q, channels: 3, height: 14, width: 17)
    #expect(abs(quality.meanSquaredError - 0.02627031302587177) < 1e-8)
    #expect(abs(quality.signalToNoise - 15.805347523148484) < 1e-6)
    #expect(abs(try #require(quality.similarity) - 0.7843911803720237) < 1e-6)
    let itself = PictureQuality(q, q, channels: 3, height: 14, width: 17)
    #expect(itself.meanSquaredError == 0 && itself.signalToNoise == .infinity)
    #expect(abs(try #require(itself.similarity) - 1) < 1e-12)
    #expect(PictureQuality(q, q, channels: 3, height: 7, width: 34).similarity == nil, "the filter is 11 wide")
  }
}
