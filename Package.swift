// swift-tools-version: 6.2
// Swiftlet: int8 inference for Linux ARM boards. See docs/architecture.md for what each target does.

import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]
let coreSettings = swiftSettings + [.strictMemorySafety()]

let package = Package(
  name: "swiftlet",
  platforms: [.macOS("26.0")],
  products: [
    .library(name: "Swiftlet", targets: ["Swiftlet"]),
    .library(name: "CKernels", targets: ["CKernels"]),
    .executable(name: "quantize", targets: ["quantize"]),
  ],
  traits: [
    .trait(name: "OpenBLAS", description: "Run wholly float programs on OpenBLAS (libopenblas-dev)."),
    .default(enabledTraits: ["OpenBLAS"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
  ],
  targets: [
    .target(
      name: "CKernels",
      path: "CKernels",
      exclude: ["README.md"],
      publicHeadersPath: "include",
      cSettings: [.define("CK_OPENBLAS", .when(traits: ["OpenBLAS"]))],
      linkerSettings: [.linkedLibrary("openblas", .when(traits: ["OpenBLAS"]))]
    ),
    .target(name: "SwiftletCore", dependencies: ["CKernels"], swiftSettings: coreSettings),
    .target(
      name: "Swiftlet",
      dependencies: [
        "CKernels", "SwiftletCore",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: swiftSettings
    ),
    .target(
      name: "ModelGraph",
      dependencies: [.product(name: "RealModule", package: "swift-numerics")],
      swiftSettings: swiftSettings
    ),
    .target(
      name: "ModelImport",
      dependencies: [
        "ModelGraph",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      exclude: ["ONNX/onnx.proto"],
      swiftSettings: swiftSettings
    ),
    .target(
      name: "ModelCompiler",
      dependencies: ["CKernels", "ModelGraph", "SwiftletCore"],
      swiftSettings: swiftSettings
    ),
    .target(
      name: "Quantizer",
      dependencies: ["ModelGraph", "ModelCompiler", "Swiftlet"],
      swiftSettings: swiftSettings
    ),
    .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "ArrayFiles",
      dependencies: ["CZlib", .product(name: "SystemPackage", package: "swift-system")],
      swiftSettings: swiftSettings
    ),
    .systemLibrary(name: "CPNG", path: "Sources/CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CTurboJPEG", path: "Sources/CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .target(name: "ImageFiles", dependencies: ["CPNG", "CTurboJPEG"], swiftSettings: swiftSettings),
    .executableTarget(
      name: "quantize",
      dependencies: [
        "ArrayFiles", "ImageFiles", "ModelCompiler", "ModelGraph", "ModelImport", "Quantizer", "Swiftlet",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: swiftSettings
    ),
    .target(
      name: "CTestSupport", path: "Tests/CTestSupport", publicHeadersPath: "include"
    ),
    .target(
      name: "_TestSupport", dependencies: ["CKernels", "CTestSupport", "Swiftlet"], path: "Tests/_TestSupport",
      swiftSettings: swiftSettings
    ),
    .testTarget(name: "CKernelsTests", dependencies: ["CKernels", "CTestSupport", "_TestSupport"], swiftSettings: swiftSettings),
    .testTarget(
      name: "SwiftletTests", dependencies: ["CKernels", "CTestSupport", "SwiftletCore", "Swiftlet", "_TestSupport"],
      swiftSettings: swiftSettings
    ),
    .testTarget(name: "ModelGraphTests", dependencies: ["ModelGraph", "_TestSupport"], swiftSettings: swiftSettings),
    .testTarget(
      name: "ModelImportTests",
      dependencies: [
        "ModelGraph", "ModelImport", "_TestSupport", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "ModelCompilerTests", dependencies: ["CKernels", "ModelGraph", "ModelCompiler", "Swiftlet", "_TestSupport"],
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "QuantizerTests",
      dependencies: ["CKernels", "ModelGraph", "ModelCompiler", "Quantizer", "Swiftlet", "_TestSupport"],
      swiftSettings: swiftSettings
    ),
    .testTarget(name: "ImageFilesTests", dependencies: ["CPNG", "CTurboJPEG", "ImageFiles"], swiftSettings: swiftSettings),
    .testTarget(name: "ArrayFilesTests", dependencies: ["ArrayFiles", "_TestSupport"], swiftSettings: swiftSettings),
    .testTarget(
      name: "PipelineTests",
      dependencies: [
        "ArrayFiles", "CTestSupport", "ModelCompiler", "ModelGraph", "ModelImport", "Quantizer", "Swiftlet", "_TestSupport",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "QuantizeTests",
      dependencies: ["ArrayFiles", "CPNG", "Swiftlet", "_TestSupport", "quantize", .product(name: "SystemPackage", package: "swift-system")],
      swiftSettings: swiftSettings
    ),
  ]
)
