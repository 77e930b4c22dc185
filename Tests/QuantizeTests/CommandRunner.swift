import Foundation

/// Runs the built `quantize` as a person would, in a folder of its own.
struct CommandRunner: ~Copyable {
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "quantize-\(UUID().uuidString)", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The product beside the test bundle.
  private static var executable: URL {
    let bundle = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "quantize")
    return FileManager.default.isExecutableFile(atPath: bundle.path) ? bundle : repository.appending(path: ".build/release/quantize")
  }

  static func example(_ name: String) -> String { repository.appending(path: "Examples/digits/\(name)").path }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func callAsFunction(_ arguments: String...) throws -> Outcome { try run(arguments) }

  /// `meanwhile` is called every 10 ms as long as the command runs.
  func run(_ arguments: [String], environment: [String: String] = [:], meanwhile: (() throws -> Void)? = nil) throws -> Outcome {
    let process = Process()
    process.executableURL = Self.executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Through files: a pipe that nobody drains would block a talkative command.
    let (output, errors) = (folder.appending(path: ".stdout"), folder.appending(path: ".stderr"))
    for file in [output, errors] { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    while let meanwhile, process.isRunning {
      try meanwhile()
      Thread.sleep(forTimeInterval: 0.01)
    }
    process.waitUntilExit()
    return Outcome(
      status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
  }
}
