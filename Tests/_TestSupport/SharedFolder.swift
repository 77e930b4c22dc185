import Foundation

/// The folder of real models and data beside the repository; absent on most machines, where tests that need it skip by name.
public enum SharedFolder {
  private static let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared", directoryHint: .isDirectory)

  public static func path(_ relative: String) -> String { url.appending(path: relative).path }
  public static func has(_ relative: String) -> Bool { FileManager.default.fileExists(atPath: path(relative)) }
}
