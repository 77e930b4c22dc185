// swift-tools-version: 6.2
// Benchmarks of Swiftlet, in a package of their own so that users of the library do not fetch the benchmark package. `tools/benchmark` runs them.

import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "benchmarks",
  platforms: [.macOS("26.0")],
  dependencies: [
    .package(name: "swiftlet", path: ".."),
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .target(name: "PeakRate", path: "PeakRate", publicHeadersPath: "include"),
    .executableTarget(
      name: "Footprint", dependencies: [.product(name: "Swiftlet", package: "swiftlet")], path: "Footprint", swiftSettings: swiftSettings),
    .executableTarget(
      name: "KernelBenchmarks",
      dependencies: [
        "PeakRate", .product(name: "CKernels", package: "swiftlet"), .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "KernelBenchmarks",
      swiftSettings: swiftSettings,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
    ),
    .executableTarget(
      name: "ModelBenchmarks",
      dependencies: [.product(name: "Swiftlet", package: "swiftlet"), .product(name: "Benchmark", package: "benchmark")],
      path: "ModelBenchmarks",
      swiftSettings: swiftSettings,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
    ),
  ]
)
