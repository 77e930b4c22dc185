import Foundation

/// The folder of real models and data beside the repository; absent on most machines, where tests that need it skip by name.
public enum SharedFolder {
  private static let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared", directoryHint: .isDirectory)

  /// The absolute path of a file or folder in it, there or not.
  public static func path(_ relative: String) -> String { url.appending(path: relative).path }
  /// Whether the folder holds that file or folder.
  public static func has(_ relative: String) -> Bool { FileManager.default.fileExists(atPath: path(relative)) }
}
