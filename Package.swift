// swift-tools-version: 6.2
import PackageDescription

/// The compiler holds the boundaries: a C type in a `package` signature, or an import that was not stated, is an error.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// `MHVAE_CPU` names the oldest processor the binaries must run on, as `-march` does (`native` for this machine only).
#if arch(x86_64)
  let oldestProcessor = Context.environment["MHVAE_CPU"] ?? "x86-64-v3"
#else
  let oldestProcessor = Context.environment["MHVAE_CPU"] ?? "native"
#endif

/// For targets whose loops must vectorise. Without `-fno-math-errno` a square root keeps its whole loop scalar.
let numeric: [SwiftSetting] =
  strict + [
    .unsafeFlags(
      ["-Xcc", "-march=\(oldestProcessor)", "-Xcc", "-fno-math-errno"], .when(configuration: .release))
  ]

/// For tests that mostly run programs and read files: optimising them takes longer than they run.
let unoptimized: [SwiftSetting] = strict + [.unsafeFlags(["-Onone"], .when(configuration: .release))]

let package = Package(
  name: "mhvae-dist",
  products: [
    .executable(name: "mhvae-dist", targets: ["mhvae-dist"]),
    .executable(name: "mhvae-pack", targets: ["mhvae-pack"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // System libraries: one module map each, found by pkg-config.
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "MPIShim", dependencies: ["CMPI"], exclude: ["README.md"]),
    .target(name: "CrashGuard", exclude: ["README.md"]),

    .target(name: "Machine", exclude: ["README.md"], swiftSettings: strict),
    .target(name: "Console", exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "CommandOptions",
      dependencies: ["Console", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      exclude: ["README.md"], swiftSettings: strict),

    // Numerics.
    .target(name: "BF16Kernels", exclude: ["README.md"]),
    .target(
      name: "Kernels", dependencies: ["BF16Kernels", "COpenBLAS"], exclude: ["README.md"], swiftSettings: numeric),
    .target(
      name: "Configuration", dependencies: ["Console", "Yams"], exclude: ["README.md"],
      resources: [
        .embedInCode("Presets/celeba.yaml"), .embedInCode("Presets/celeba-jmvae.yaml"),
        .embedInCode("Presets/celeba-mvae.yaml"),
        .embedInCode("Presets/fashion-mnist.yaml"), .embedInCode("Presets/fashion-mnist-jmvae.yaml"),
        .embedInCode("Presets/fashion-mnist-mvae.yaml"), .embedInCode("Presets/mnist.yaml"),
        .embedInCode("Presets/mnist-jmvae.yaml"), .embedInCode("Presets/mnist-mvae.yaml"),
      ],
      swiftSettings: strict),
    .target(
      name: "Layers", dependencies: ["Kernels", "Configuration"], exclude: ["README.md"], swiftSettings: numeric),
    .target(
      name: "Models", dependencies: ["Layers", "Kernels", "Configuration"], exclude: ["README.md"],
      swiftSettings: numeric),
    .target(
      name: "Optimizers", dependencies: ["Configuration", "Kernels"], exclude: ["README.md"], swiftSettings: numeric),

    // The world outside: other ranks, files, pictures.
    .target(name: "Hashing", dependencies: ["COpenSSL"], exclude: ["README.md"], swiftSettings: strict),
    .target(name: "Communication", dependencies: ["MPIShim"], exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "Storage", dependencies: ["CHDF5", "CrashGuard", "Hashing"],
      exclude: ["README.md", "dataset-format.md"], swiftSettings: strict),
    .target(
      name: "Packing",
      dependencies: [
        "Console", "Hashing", "Storage", "CPNG", "CTurboJPEG", "CZlib",
      ],
      exclude: ["README.md"], swiftSettings: strict),
    .target(name: "Pictures", dependencies: ["CPNG"], exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "SafeTensors", dependencies: ["Hashing"],
      exclude: ["README.md"], swiftSettings: strict),

    .target(
      name: "TensorBoard", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["README.md", "Protos"], swiftSettings: strict),

    // What the product does.
    .target(
      name: "DataLoading", dependencies: ["Models", "Layers", "Kernels", "Storage", "Configuration"],
      exclude: ["README.md"], swiftSettings: numeric),
    .target(
      name: "ModelProposal", dependencies: ["Configuration", "Storage"], exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "GradientExchange", dependencies: ["Communication", "Kernels", "Machine", "Optimizers"],
      exclude: ["README.md"], swiftSettings: numeric),
    .target(
      name: "Profiling", dependencies: ["Communication", "Kernels", "Storage"], exclude: ["README.md"],
      swiftSettings: strict),
    .target(
      name: "Runs",
      dependencies: [
        "Models", "Layers", "Kernels", "Communication", "Storage", "SafeTensors", "TensorBoard", "Configuration",
      ],
      exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "Training",
      dependencies: [
        "DataLoading", "GradientExchange", "Profiling", "Runs", "Models", "Layers", "Kernels", "Optimizers",
        "Communication", "Storage", "Configuration", "Hashing",
      ],
      exclude: ["README.md"], swiftSettings: numeric),
    .target(
      name: "Evaluation",
      dependencies: [
        "DataLoading", "Profiling", "Runs", "Models", "Layers", "Kernels", "Communication", "Storage", "Configuration",
        "Hashing",
      ],
      exclude: ["README.md"], swiftSettings: numeric),
    .target(
      name: "Reporting",
      dependencies: [
        "Evaluation", "DataLoading", "Runs", "Models", "Kernels", "Communication", "Storage", "Configuration",
        "Pictures", "Hashing", .product(name: "Mustache", package: "swift-mustache"),
      ],
      exclude: ["README.md"],
      resources: [
        .embedInCode("Pages/Templates/chart.mustache"), .embedInCode("Pages/Templates/comparison.mustache"),
        .embedInCode("Pages/Templates/confusion.mustache"), .embedInCode("Pages/Templates/page.css"),
        .embedInCode("Pages/Templates/page.js"), .embedInCode("Pages/Templates/page.mustache"),
        .embedInCode("Pages/Templates/picture.mustache"), .embedInCode("Pages/Templates/report.mustache"),
        .embedInCode("Pages/Templates/scatter.mustache"), .embedInCode("Pages/Templates/table.mustache"),
      ],
      swiftSettings: strict),
    .target(
      name: "Planning",
      dependencies: [
        "DataLoading", "GradientExchange", "Profiling", "Models", "Layers", "Kernels", "Optimizers", "Communication",
        "Configuration",
      ],
      exclude: ["README.md"], swiftSettings: strict),
    .executableTarget(
      name: "mhvae-dist",
      dependencies: [
        "Training", "DataLoading", "GradientExchange", "Profiling", "Runs", "Evaluation", "Models", "Layers", "Kernels",
        "Communication", "Storage", "Pictures", "Configuration", "CommandOptions", "Console", "Machine",
        "ModelProposal", "Optimizers", "Planning", "Reporting",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "mhvae-pack",
      dependencies: [
        "CommandOptions", "Console", "Packing", "Storage",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // Tests. `parallel-checks` is a program because its checks run under mpirun, on several ranks at once.
    .target(name: "TestSupport", path: "Tests/TestSupport", exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "SmallModel",
      dependencies: ["Training", "Models", "Layers", "Communication", "Storage", "Configuration", "TestSupport"],
      path: "Tests/SmallModel", swiftSettings: strict),
    .target(
      name: "FixtureChecks",
      dependencies: [
        "Training", "GradientExchange", "Evaluation", "Models", "Layers", "Kernels", "Optimizers", "Communication",
        "Storage", "Configuration",
      ],
      path: "Tests/FixtureChecks", resources: [.copy("Fixtures")], swiftSettings: strict),
    .target(
      name: "FuzzTargets",
      dependencies: [
        "Configuration", "DataLoading", "Models", "Packing", "Runs", "SafeTensors", "Storage", "TensorBoard",
      ],
      path: "Tests/FuzzTargets", exclude: ["README.md"], swiftSettings: strict),
    .target(name: "AllocationTally", path: "Tests/AllocationTally", exclude: ["README.md"]),
    .target(
      name: "KernelTwins", dependencies: ["Kernels"], path: "Tests/KernelTwins", exclude: ["README.md"],
      swiftSettings: numeric),
    .executableTarget(
      name: "kernel-benchmark", dependencies: ["COpenBLAS", "KernelTwins", "Kernels", "TestSupport"],
      path: "Tests/KernelBenchmark", exclude: ["README.md"], swiftSettings: strict),
    .executableTarget(
      name: "parallel-checks",
      dependencies: [
        "AllocationTally", "Communication", "Configuration", "DataLoading", "FixtureChecks", "GradientExchange",
        "Kernels", "Layers", "Models", "Training",
      ],
      path: "Tests/ParallelChecks",
      exclude: ["README.md"], swiftSettings: strict),
    .testTarget(name: "CommunicationTests", dependencies: ["Communication", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "CrashGuardTests", dependencies: ["CrashGuard"], swiftSettings: strict),
    .testTarget(name: "ConsoleTests", dependencies: ["Console"], swiftSettings: strict),
    .testTarget(name: "ConfigurationTests", dependencies: ["Configuration", "Models"], swiftSettings: unoptimized),
    .testTarget(
      name: "DataLoadingTests",
      dependencies: [
        "DataLoading", "Training", "Models", "Layers", "Kernels", "Communication", "Storage", "Configuration",
        "SmallModel", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "DistributedTests", dependencies: ["FixtureChecks", "Kernels", "SafeTensors", "Storage", "TestSupport"],
      swiftSettings: unoptimized),
    .testTarget(
      name: "EvaluationTests",
      dependencies: [
        "Evaluation", "DataLoading", "Runs", "Models", "Layers", "Kernels", "Communication", "Storage",
        "Configuration", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "FuzzTests", dependencies: ["FuzzTargets", "TestSupport"], resources: [.copy("Corpora")],
      swiftSettings: strict),
    .testTarget(name: "GradientExchangeTests", dependencies: ["GradientExchange"], swiftSettings: strict),
    .testTarget(name: "HashingTests", dependencies: ["Hashing"], swiftSettings: strict),
    .testTarget(
      name: "KernelsTests", dependencies: ["KernelTwins", "Kernels", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "LayersTests", dependencies: ["Layers", "Kernels", "Configuration", "Models", "TestSupport"],
      swiftSettings: strict),
    .testTarget(name: "MachineTests", dependencies: ["Machine"], swiftSettings: strict),
    .testTarget(
      name: "ModelProposalTests",
      dependencies: ["ModelProposal", "Configuration", "Kernels", "Layers", "Models", "Storage"], swiftSettings: strict),
    .testTarget(
      name: "ModelsTests",
      dependencies: [
        "FixtureChecks", "Communication", "Configuration", "Kernels", "Layers", "Models", "Optimizers", "Storage",
        "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "OptimizersTests", dependencies: ["Optimizers", "Configuration", "Kernels", "Runs"], swiftSettings: strict),
    .testTarget(
      name: "PackingTests", dependencies: ["Packing", "Storage", "CZlib", "TestSupport"], swiftSettings: unoptimized),
    .testTarget(name: "PlanningTests", dependencies: ["GradientExchange", "Planning"], swiftSettings: strict),
    .testTarget(
      name: "ProfilingTests", dependencies: ["Profiling", "Communication", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "PicturesTests", dependencies: ["Pictures", "CPNG"], swiftSettings: strict),
    .testTarget(
      name: "ReportingTests",
      dependencies: [
        "Reporting", "Evaluation", "Runs", "Models", "Layers", "Storage", "Configuration", "Pictures", "TestSupport",
      ],
      swiftSettings: unoptimized),
    .testTarget(
      name: "RunsTests",
      dependencies: [
        "Runs", "Training", "Models", "Layers", "Kernels", "Communication", "SafeTensors", "Storage", "TensorBoard",
        "Configuration", "SmallModel", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(name: "SafeTensorsTests", dependencies: ["SafeTensors", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "StorageTests", dependencies: ["Storage"], resources: [.copy("Files")], swiftSettings: unoptimized),
    .testTarget(name: "TensorBoardTests", dependencies: ["TensorBoard", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Training", "DataLoading", "GradientExchange", "Profiling", "Runs", "Models", "Layers", "Kernels",
        "Communication",
        "Storage", "Configuration", "SmallModel", "TestSupport",
      ],
      swiftSettings: strict),
  ]
)

// libFuzzer brings `main`, so the program links with `--sanitize fuzzer` only: scripts/fuzz.sh sets the variable.
if Context.environment["MHVAE_FUZZER"] != nil {
  package.targets += [
    .target(name: "FuzzerCounters", path: "Tests/FuzzerCounters"),
    .executableTarget(
      name: "fuzzer", dependencies: ["CrashGuard", "FuzzTargets", "FuzzerCounters"], path: "Tests/Fuzzer",
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]),
  ]
}
