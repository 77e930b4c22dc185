// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "digits",
  platforms: [.macOS("26.0")],
  dependencies: [.package(name: "swiftlet", path: "../..")],
  targets: [.executableTarget(name: "Digits", dependencies: [.product(name: "Swiftlet", package: "swiftlet")])]
)
